"""Answering: the answers that a question offers, each with its key, and the forms of those that need words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.matter import Matter
from state.errors import AnswerRefused, InvalidAnswer, RoundhouseError, RunBusy
from state.form import FormField, changed, fields_of, filled
from state.review import Action
from state.run import ReviewRow, RunRow
from views.parts.form import forget_wrong, form_fields, say_wrong, wrong_with
from views.parts.panel import quiet, show
from views.parts.question import claim_words, forms_of
from views.parts.text import escaped, marked_up

Mode = Literal["", "edit", "send_back", "reject", "alike"]
"""Which form is open below the answers."""

MODE = "answering-mode"
"""Where a session keeps which form is open, beside its question."""

SHOWN_ALIKE = 200
"""How many alike questions are listed before they are answered together."""


@dataclass(frozen=True, slots=True)
class Answering:
    """A person with a question before them."""

    desk: Desk
    matter: Matter
    person: str
    done: Callable[[str, RunRow | None], None]
    """What comes after an answer, given what to say and the run as it stands; it opens the next question."""
    refused: Callable[[str], None]
    """What comes after a refusal, given why; the question stays before the person."""

    def bar(self) -> None:
        """The answers, each with its key."""
        with st.container(horizontal=True, key="answers"):
            self._approve_buttons()
            self._button("Edit", "edit", "E", "Decide it yourself, under the same contract")
            self._button("Send back", "send_back", "S", "Have it decided again, with guidance in words")
            self._button("Reject", "reject", "X", "Close the case")
            self._claim_button()
            self._alike_button()

    def form(self) -> None:
        """The form of the answer that was chosen, if it needs one."""
        match self._mode():
            case "edit":
                self._edit_form()
            case "send_back":
                self._words_form("send_back", "Guidance", "Send it back", "What should be looked at, and how?")
            case "reject":
                self._words_form("reject", "Reason", "Reject the case", "Why is the case closed?")
            case "alike":
                self._alike_form()
            case "":
                pass

    # the buttons

    def _approve_buttons(self) -> None:
        question = self.matter.question
        if "approve" not in question.offers:
            return
        label = f"Approve: {question.suggestion}" if question.suggestion else "Approve"
        if st.button(escaped(label), type="primary", shortcut="A", icon=":material/check:", key="approve"):
            self._give("approve")
        sides = question.sides or (question.names if question.kind == "conflict" else ())
        others = [side for side in sides if side != question.suggestion]
        for other in others[:1]:
            if st.button(escaped(f"Let {other} stand"), shortcut="B", icon=":material/swap_horiz:", key="prefer"):
                self._give("approve", prefer=other)

    def _button(self, label: str, mode: Literal["edit", "send_back", "reject"], key: str, about: str) -> None:
        if mode in self.matter.question.offers and st.button(label, shortcut=key, help=about, key=f"open-{mode}"):
            self._open("" if self._mode() == mode else mode)

    def _claim_button(self) -> None:
        review, now = self.matter.review, datetime.now(UTC)
        is_mine = bool(claim_words(review, now)) and review.claimed_by == self.person
        label, work = ("Let go", self.desk.release) if is_mine else ("Claim", self.desk.claim)
        about = "For a quarter of an hour nobody else answers it"
        if st.button(label, shortcut="M", help=about, icon=":material/front_hand:", key="claim"):
            try:
                work(review.id, by=self.person)
            except RoundhouseError as refused:
                self.refused(str(refused))
            st.rerun()

    def _alike_button(self) -> None:
        count = len(self.desk.alike(self.matter.review.id))
        if "approve" in self.matter.question.offers and count > 1:
            about = "Questions of the same kind, about the same decisions, with the same suggestion"
            if st.button(f"All {count} alike", shortcut="L", help=about, icon=":material/done_all:", key="open-alike"):
                self._open("" if self._mode() == "alike" else "alike")

    # the forms

    def _edit_form(self) -> None:
        workflow, question = self.matter.known.workflow, self.matter.question
        if workflow is None:
            return
        name = question.names[0]
        if len(question.names) > 1:
            name = st.segmented_control("Edit", question.names, default=question.names[0], key="edit-of") or name
        fields = _editable(fields_of(workflow.contracts[name]))
        before = self.matter.review.payload["decisions"].get(name) or {}
        with st.form(self._key(name)):
            st.markdown(f"Decide **{escaped(name)}** yourself. What you leave as it is, stays.")
            given = form_fields(self._key(name), fields, before)
            why = st.text_area(
                "Why", key=f"why-{self.matter.review.id}", height=80, placeholder="kept as the rationale"
            )
            if self._submitted("Decide"):
                self._edited(name, fields, before, given, why)

    def _edited(self, name: str, fields: Sequence[FormField], before: Any, given: Any, why: str) -> None:
        values, wrong = filled(tuple(fields), given)
        if wrong:
            say_wrong(self._key(name), wrong)
        self._give("edit", decision=name, value=changed(values, before), text=why)

    def _words_form(self, action: Action, label: str, button: str, hint: str) -> None:
        question = self.matter.question
        with st.form(self._key()):
            decision = None
            if action == "send_back" and len(question.names) > 1:
                default = next(name for name in question.names if name != question.suggestion)
                decision = st.radio("To", question.names, index=question.names.index(default), horizontal=True)
            if action == "send_back":
                self._forms(decision or question.names[0])
            text = st.text_area(label, placeholder=hint, key=f"{action}-text-{self.matter.review.id}")
            for problem in wrong_with(self._key()).values():
                st.markdown(f":red[:material/error: {escaped(problem)}]")
            if self._submitted(button):
                if not text.strip():
                    say_wrong(self._key(), {"text": f"{label} is needed, in words."})
                self._give(action, decision=decision, text=text)

    def _forms(self, name: str) -> None:
        """The forms in which guidance is understood, where it is not free."""
        forms = forms_of(self.matter, name)
        if forms:
            lines = "".join(f"<li>{marked_up(form)}</li>" for form in forms)
            show(quiet(f"The owner of {name} does what is asked for in one of these forms:"), f"<ul>{lines}</ul>")

    def _alike_form(self) -> None:
        alike = list(self.desk.alike(self.matter.review.id))
        st.markdown(f"Approve **{len(alike)}** questions at once. Take out those that you want to look at.")
        if len(alike) > SHOWN_ALIKE:
            st.caption(f"The oldest {SHOWN_ALIKE} are listed. The others are approved with them.")
        chosen = st.dataframe(
            [_alike_row(review) for review in alike[:SHOWN_ALIKE]],
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": list(range(len(alike[:SHOWN_ALIKE])))}},
            key=f"alike-{self.matter.review.id}",
        )
        picked = [alike[row].id for row in chosen.selection.rows] + [each.id for each in alike[SHOWN_ALIKE:]]
        label = f"Approve these {len(picked)}"
        if st.button(label, type="primary", shortcut="Ctrl+Enter", disabled=not picked, key="approve-alike"):
            self._open("", rerun=False)
            answered = self.desk.answer_all(picked, "approve", by=self.person)
            refused = [each.refused for each in answered if each.refused is not None]
            said = f"{len(answered) - len(refused)} approved"
            if refused:
                self.refused(f"{said}, {len(refused)} refused: {refused[0]}")
            self.done(said, None)

    def _submitted(self, label: str) -> bool:
        with st.container(horizontal=True):
            done = st.form_submit_button(label, type="primary", shortcut="Ctrl+Enter")
            if st.form_submit_button("Cancel", shortcut="Esc"):
                self._open("")
        return done

    # what they do

    def _give(self, action: Action, **given: Any) -> None:
        """Give the answer; where it is refused, say why at the field that it is about."""
        review = self.matter.review
        try:
            with st.spinner("The run goes on …"):
                run = self.desk.answer(review.id, action, by=self.person, **given)
        except InvalidAnswer as invalid:
            say_wrong(self._key(given.get("decision") or ""), dict(invalid.problems) or {"": str(invalid)})
        except (AnswerRefused, RunBusy) as refused:
            self.refused(str(refused))
        else:
            self._open("", rerun=False)
            self.done(f"{review.case_id}: {_DONE[action]}. The run is {run.status}.", run)

    def _mode(self) -> Mode:
        review, mode = st.session_state.get(MODE, ("", ""))
        found: Mode = mode if review == self.matter.review.id else ""
        return found

    def _open(self, mode: Mode, rerun: bool = True) -> None:
        st.session_state[MODE] = (self.matter.review.id, mode)
        forget_wrong()
        if rerun:
            st.rerun()

    def _key(self, name: str = "") -> str:
        """What a form about this question is known by."""
        return f"{self._mode()}-{self.matter.review.id}{f'-{name}' if name else ''}"


_DONE = {"approve": "approved", "edit": "decided by you", "send_back": "sent back", "reject": "closed"}


def _editable(fields: Sequence[FormField]) -> list[FormField]:
    """The fields of a decision without those that a person does not fill in: they are sure, and the why is asked."""
    return [field for field in fields if field.name not in ("confidence", "rationale")]


def _alike_row(review: ReviewRow) -> dict[str, Any]:
    question, decisions = review.payload["question"], review.payload["decisions"]
    subject = decisions.get(question["suggestion"] or review.names[0]) or {}
    facts = {name: value for name, value in subject.items() if not isinstance(value, list | dict)}
    return {"case": review.case_id, **{name: value for name, value in facts.items() if name != "rationale"}}

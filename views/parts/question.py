"""One question: why it is asked, the case, the decisions that it is about, and what was said before."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from agents.specialist import FunctionSpecialist
from runtime.desk.desk import Desk
from runtime.desk.matter import Matter
from state.content import in_words, is_rows
from state.duration import in_time
from state.listing import asking
from state.record import Record
from state.run import ReviewRow, RunStory
from views.parts.decision import Card, decision_cards
from views.parts.following import channels
from views.parts.listed import listed
from views.parts.panel import badge, quiet, said, show, table, wide_facts
from views.parts.text import ago, escaped, local, marked_up

KINDS = {
    "low_confidence": "not sure enough",
    "escalated": "declined to decide",
    "failed": "failed",
    "conflict": "disagreement",
    "no_convergence": "does not converge",
    "upstream_moved": "inputs changed",
    "objection": "objection",
}
"""What each kind of question is called."""


HEADLINE = 110
"""How many characters a headline may have."""


def versions_of(story: RunStory) -> dict[str, list[Record]]:
    """The records of each decision, oldest first, in the order in which they were first made."""
    found: dict[str, list[Record]] = {}
    for record in story.records:
        found.setdefault(record.decision, []).append(record)
    return {name: sorted(records, key=lambda each: each.version) for name, records in found.items()}


def question_head(matter: Matter) -> None:
    """Why it is asked, about which case, and on what terms it waits."""
    review = matter.review
    headline, rest = split_reason(matter.question.reason)
    st.subheader(escaped(headline), anchor=False)
    if rest:
        show(said(rest))
    badges = [badge("open", KINDS.get(review.kind, review.kind))]
    badges += [badge("flagged")] if matter.story.run.flagged else []
    badges += [badge("fork", "what-if: nothing goes out")] if matter.story.run.origin else []
    show("".join(badges), quiet(" · ".join(_terms(review))))


def split_reason(reason: str) -> tuple[str, str]:
    """Why a question is asked, as a headline and, where that takes many words, the rest of it."""
    if len(reason) <= HEADLINE:
        return reason, ""
    sentence, colon = reason.find(". ", 0, HEADLINE), reason.rfind(": ", 0, HEADLINE)
    end = sentence if sentence > 0 else colon
    if end > 0:
        return reason[:end], reason[end + 2 :]
    return f"{reason[:HEADLINE].rstrip()} …", reason


def _terms(review: ReviewRow) -> Iterator[str]:
    now = datetime.now(UTC)
    yield f"case {review.case_id}"
    yield f"asked {ago(review.opened_at)}"
    if review.queue != "default":
        yield f"queue {review.queue}"
    if review.priority:
        yield f"priority {review.priority}"
    if claimed := claim_words(review, now):
        yield claimed
    if review.deadline is not None and review.terms is not None and review.step < len(review.terms.steps):
        left = (review.deadline - now).total_seconds()
        yield f"{review.terms.steps[review.step].then.policy} by policy {f'in {in_time(left)}' if left > 0 else 'now'}"


def claim_words(review: ReviewRow, now: datetime) -> str:
    """Who is at it and for how long; empty where nobody is."""
    if review.claimed_by is None or review.claimed_until is None or review.claimed_until <= now:
        return ""
    return f"claimed by {review.claimed_by} for {in_time((review.claimed_until - now).total_seconds())}"


def suggestion(matter: Matter) -> None:
    """What approving lets stand."""
    question = matter.question
    if "approve" not in question.offers:
        st.info("There is nothing to approve. Decide it yourself, send it back with guidance, or reject the case.")
        return
    name = question.suggestion or question.names[0]
    st.markdown(
        f":material/lightbulb: The hub suggests to let **{escaped(name)}** stand: {escaped(_gist(matter, name))}"
    )
    rationale = _decided(matter, name).get("rationale")
    if rationale and not question.sides:
        show(said(str(rationale)))
    for side in question.sides:
        why = escaped(str(_decided(matter, side).get("rationale", "")))
        st.markdown(f"**{escaped(side)}**: {escaped(_gist(matter, side))}. {why}")


def _gist(matter: Matter, name: str) -> str:
    """The value of a decision in a line: its first facts."""
    facts = [
        f"{field} {in_words(each)}"
        for field, each in _decided(matter, name).items()
        if isinstance(each, str | bool | float) and field not in ("rationale", "confidence")
    ]
    return ", ".join(facts[:3]) or "as it is"


def _decided(matter: Matter, name: str) -> Mapping[str, Any]:
    """A decision as the question has it."""
    return matter.review.payload["decisions"].get(name) or {}


def asked_about(matter: Matter) -> None:
    """What in the decisions a person is asked about, where it says so itself; and what approving makes of it."""
    for name in matter.question.names:
        for field, content in _decided(matter, name).items():
            rows = asking(content) if is_rows(content) else []
            if rows:
                title = f'<div class="rh-title">Asked about in {marked_up(name)}</div>'
                with st.container(border=True):
                    show(title, listed(field, rows), *(quiet(words) for words in _left_so(matter, name)))


def _left_so(matter: Matter, name: str) -> Iterator[str]:
    """What becomes of what is asked about when the decision is approved."""
    for each in matter.consequences:
        if each.action == "approve":
            made = (*each.makes, *each.remakes)
            then = f": {', '.join(made)} is made from {name} with it" if made else ""
            out = channels(matter, made)
            yield f"Approved, this stays as it is{then}{f', and goes out ({out})' if out else ''}."


def disagreeing(here: Desk, matter: Matter) -> None:
    """The decisions that the question is about beside each other, or the one with what it was built on."""
    versions = versions_of(matter.story)
    names = [name for name in matter.question.names if name in versions]
    shown = names if len(names) > 1 else [*names, *_needs(versions, names)]
    decision_cards(
        here,
        [Card(versions[name], _role(matter, name), matter.known.asks_under(name, matter.story)) for name in shown],
    )


def _needs(versions: Mapping[str, list[Record]], names: list[str]) -> list[str]:
    return [need for name in names for need in versions[name][-1].built_from if need in versions]


def _role(matter: Matter, name: str) -> str:
    if name == matter.question.suggestion:
        return badge("completed", "suggested")
    return badge("open", "in question") if name in matter.question.names else ""


def the_case(story: RunStory) -> None:
    """The case, in as many columns as fit."""
    with st.container(border=True):
        show(f'<div class="rh-title">Case</div>{wide_facts(story.case)}')


def discussion(story: RunStory) -> None:
    """The notes that were sent before, and which rungs were taken."""
    rows = [
        (note.note.at, f"{note.note.kind} to {note.decision}", note.note.author, note.note.text) for note in story.notes
    ]
    rows += [
        (rung.at, f"conflict {rung.conflict}", rung.by, rung_words(rung.action, rung.preferred))
        for rung in story.conflicts
    ]
    if rows:
        with st.container(border=True):
            told = [(local(at), what, who, words) for at, what, who, words in sorted(rows)]
            show('<div class="rh-title">Said before</div>', table(("when", "what", "who", "says"), told))


def rung_words(action: str, preferred: str | None) -> str:
    """What a rung came to."""
    if action == "reconsider":
        return "asks for another look"
    return f"{preferred} stands" if preferred else "settles nothing"


def forms_of(matter: Matter, name: str) -> tuple[str, ...]:
    """The forms in which the owner of a decision understands guidance; none where it takes any words."""
    owner = matter.known.workflow.owner.get(name) if matter.known.workflow else None
    return owner.forms if isinstance(owner, FunctionSpecialist) else ()


def what_was_said(matter: Matter) -> None:
    """The answer to a question that waits no longer."""
    review = matter.review
    by = f"{'the policy ' if review.status == 'expired' else ''}{review.answered_by}"
    when = local(review.answered_at) if review.answered_at else "meanwhile"
    if review.status == "withdrawn" or review.answer is None:
        st.info("This question does not stand any more: the run has moved on without an answer to it.")
        return
    st.warning(escaped(f"{by} answered this question at {when}: {answered_words(review)}."), icon=":material/done:")
    if review.answer.get("text"):
        show(said(str(review.answer["text"])))


def answered_words(review: ReviewRow) -> str:
    """An answer that was given, in words."""
    answer = review.answer or {}
    parts = [str(answer.get("action", "")).replace("_", " ")]
    parts += [f"{name} {answer[name]}" for name in ("decision", "prefer", "value") if answer.get(name)]
    return ", ".join(parts)

"""Spot checks on the inbox: an automated case alone, decided once more, and then how often reviewers agree.

Until a case is answered, nothing here says what the hub decided of it, nor leads to where that stands.
"""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from graphs.attention.binomial import interval
from runtime.desk.desk import Desk
from runtime.spot_checks import LONGEST, Asked, Check
from state.errors import AnswerRefused
from state.graded import Agreement
from state.judgement import SpotCheck
from views.parts.panel import show, wide_facts
from views.parts.person import ask_name, person
from views.parts.text import ago, escaped, share

Tab = Literal["questions", "checks"]
"""What the inbox shows: what waits for a human, or what was delivered without one."""

TAB = "inbox-tab"
"""Where a session keeps which of them it looks at."""

SAID = "checks-said"
"""Where a session keeps what came of the verdict before."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of the verdict before."""

    words: str
    run: str | None = None
    """The run, where it may be looked at now; None where nothing was saved."""


def chosen_tab(here: Desk) -> Tab:
    """What this session looks at; nothing is asked where no case was ever drawn."""
    agreement = here.checks.agreement()
    if not agreement.drawn:
        return "questions"
    names: dict[Tab, str] = {"questions": "Questions", "checks": f"Spot checks ({agreement.open:,})"}
    chosen: Tab | None = st.segmented_control(
        "What to look at",
        list(names),
        format_func=lambda tab: names[tab],
        default="questions",
        required=True,
        key=TAB,
        label_visibility="collapsed",
    )
    return chosen or "questions"


def spot_checks(here: Desk) -> None:
    """The oldest case that waits, and how often reviewers agreed so far."""
    _say()
    waiting, agreement = here.checks.waiting(limit=1), here.checks.agreement()
    if waiting:
        _one(here, waiting[0])
        if agreement.answered:
            st.caption(f"Agreement so far: {_agreement(agreement)}")
        return
    _none(agreement)
    if agreement.answered:
        with st.container(border=True):
            st.metric("Agreement", share(agreement.agreed, agreement.answered))
            st.caption(_agreement(agreement))


def _one(here: Desk, check: Check) -> None:
    if check.asked is None:
        st.subheader(escaped(check.workflow), anchor=False)
        st.warning(escaped(check.trouble))
    else:
        st.subheader(f"{escaped(check.asked.decision)}: which {escaped(check.asked.field)}?", anchor=False)
    st.caption(
        f"Drawn {ago(check.drawn_at)} from the cases that no human saw. Decide it from the case alone; whether the hub "
        "had decided the same is told after your answer."
    )
    if check.asked is not None:
        _verdict(here, check, check.asked)
    with st.container(border=True):
        show(f'<div class="rh-title">Case</div>{wide_facts(check.case)}')


def _verdict(here: Desk, check: Check, asked: Asked) -> None:
    name = person()
    if name is None:
        ask_name("**Who decides?** You are asked once.")
    elif asked.choices:
        with st.container(horizontal=True):
            for choice in asked.choices:
                if st.button(escaped(choice), key=f"check-{check.run}-{choice}"):
                    _answer(here, check, choice, name)
    else:
        with (
            st.form(f"check-{check.run}", border=False, clear_on_submit=True),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            said = st.text_input(escaped(asked.field), max_chars=LONGEST, key=f"check-text-{check.run}")
            if st.form_submit_button("Decide", type="primary"):
                _answer(here, check, said, name)


def _answer(here: Desk, check: Check, verdict: str, name: str) -> None:
    try:
        row = here.checks.answer(check.run, verdict, by=name)
    except AnswerRefused as late:
        st.session_state[SAID] = Said(str(late))
    else:
        st.session_state[SAID] = Said(_came_of(row), row.run)
    st.rerun()


def _came_of(row: SpotCheck) -> str:
    return f"{row.case_id}: {row.verdict}. The hub had decided {'the same' if row.agreed else 'otherwise'}."


def _say() -> None:
    said: Said | None = st.session_state.pop(SAID, None)
    if said is None:
        return
    if said.run is None:
        st.warning(escaped(said.words), icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="said"):
        st.markdown(f":green[:material/done:] {escaped(said.words)}")
        st.page_link("views/runs.py", label="its run", query_params={"run": said.run}, icon=":material/north_east:")


def _none(agreement: Agreement) -> None:
    st.success("No spot check waits for you.", icon=":material/fact_check:")
    if agreement.open:
        st.caption(f"{agreement.open:,} drawn cases are not delivered yet; each is put to you after that.")


def _agreement(agreement: Agreement) -> str:
    """How often reviewers decided as the hub had, and what that is not."""
    low, high = interval(agreement.agreed, agreement.answered)
    return (
        f"{agreement.agreed:,} of {agreement.answered:,} verdicts, 95 % within {low:.1%} to {high:.1%}. It is how "
        "often a reviewer decided as the hub had, and not error: that comes from what really happened."
    )

"""The inbox: what waits for a human, one question at a time, answered with a key."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from runtime.desk.desk import Desk, Inbox
from runtime.desk.matter import Matter
from state.errors import UnknownReview
from state.run import RunRow
from views.parts.answering import Answering
from views.parts.choice import one_or_all
from views.parts.desk import desk, told
from views.parts.following import what_follows
from views.parts.inbox_list import after, chosen_review, inbox_list, open_review
from views.parts.person import ask_name, person
from views.parts.question import (
    asked_about,
    disagreeing,
    discussion,
    question_head,
    suggestion,
    the_case,
    what_was_said,
)
from views.parts.spot_checks import chosen_tab, spot_checks
from views.parts.text import escaped

SAID = "inbox-said"
"""Where a session keeps what to say of the answer before."""

WORKFLOW, QUEUE = "inbox-workflow", "inbox-queue"
"""Where a session keeps what the list is narrowed down to."""

LOOK = 4.0
"""Seconds between two looks at whether the open question still stands."""


@dataclass(frozen=True, slots=True)
class Said:
    """What to say of the answer before."""

    words: str
    run: str | None = None
    refused: bool = False


def page() -> None:
    """The page."""
    here = desk()
    st.title("Inbox", anchor=False)
    if chosen_tab(here) == "checks":
        with told():
            spot_checks(here)
        return
    box = here.inbox(st.session_state.get(WORKFLOW), st.session_state.get(QUEUE))
    _filters(here, box.queues)
    _say()
    chosen = chosen_review(box.reviews)
    if chosen is None:
        _nothing_waits()
        return
    with st.container(key="inbox-columns"):
        left, right = st.columns([3, 8], gap="medium")
    with right, told():
        _question(here, box, chosen)
    with left, told():
        inbox_list(box.reviews, chosen, box.total)


def _filters(here: Desk, queues: Sequence[str]) -> None:
    """Which workflow and which queue; nothing is asked where there is no choice."""
    with st.container(horizontal=True):
        one_or_all("Workflow", WORKFLOW, here.workflows())
        one_or_all("Queue", QUEUE, queues)


def _nothing_waits() -> None:
    st.success("Nothing waits for a human.", icon=":material/inbox:")
    st.page_link("views/runs.py", label="Look at the runs", icon=":material/list:")
    st.page_link("views/start.py", label="Start some cases", icon=":material/play_arrow:")


def _say() -> None:
    """What came of the answer before."""
    said: Said | None = st.session_state.pop(SAID, None)
    if said is not None and said.refused:
        st.warning(escaped(said.words), icon=":material/error:")
    elif said is not None:
        with st.container(horizontal=True, vertical_alignment="center", key="said"):
            st.markdown(f":green[:material/done:] {escaped(said.words)}")
            if said.run:
                st.page_link(
                    "views/runs.py", label="its run", query_params={"run": said.run}, icon=":material/north_east:"
                )


def _question(here: Desk, box: Inbox, chosen: str) -> None:
    try:
        matter = here.matter(chosen)
    except UnknownReview:
        st.info("There is no such question. It may have been forgotten with its case.")
        _next_button(box, chosen)
        return
    _turn_pages(box, chosen)
    if not matter.is_open:
        what_was_said(matter)
        _next_button(box, chosen)
        _material(here, matter)
        return
    _watch(here, matter)
    question_head(matter)
    if matter.known.trouble:
        _trouble(here, matter)
    else:
        suggestion(matter)
        asked_about(matter)
        _answers(here, box, matter)
        what_follows(matter)
    _material(here, matter)


def _material(here: Desk, matter: Matter) -> None:
    """What one judges by."""
    disagreeing(here, matter)
    the_case(matter.story)
    discussion(matter.story)
    st.page_link(
        "views/runs.py",
        label="The whole run: its graph, timeline and trail",
        query_params={"run": matter.story.run.id},
        icon=":material/route:",
    )


def _answers(here: Desk, box: Inbox, matter: Matter) -> None:
    name = person()
    if name is None:
        ask_name("**Who answers?** You are asked once.")
        return

    def done(words: str, run: RunRow | None) -> None:
        st.session_state[SAID] = Said(words, run.id if run else None)
        open_review(_following(here, box, matter.review.id, run))

    def refused(words: str) -> None:
        st.session_state[SAID] = Said(words, refused=True)
        open_review(matter.review.id)

    answering = Answering(here, matter, name, done, refused)
    answering.bar()
    answering.form()


def _following(here: Desk, box: Inbox, review: str, run: RunRow | None) -> str | None:
    """What opens after an answer: what the same run asks now, or else the next question."""
    if run is not None and run.status == "waiting":
        asked = [each.id for each in here.run(run.id).open_reviews if each.id != review]
        if asked:
            return asked[0]
    return after(box.reviews, review)


def _turn_pages(box: Inbox, chosen: str) -> None:
    ids = [each.id for each in box.reviews]
    where = f"question {ids.index(chosen) + 1} of {box.total}" if chosen in ids else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, key, step in (("Previous", "P", -1), ("Next", "N", 1)):
            other = after(box.reviews, chosen, step)
            if st.button(label, shortcut=key, key=f"turn-{label}", type="tertiary", disabled=other is None):
                open_review(other)
        st.caption(where)


def _next_button(box: Inbox, chosen: str) -> None:
    other = after(box.reviews, chosen)
    if other is not None and st.button("Open the next question", type="primary", shortcut="Ctrl+Enter"):
        open_review(other)
    if other is None:
        _nothing_waits()


def _trouble(here: Desk, matter: Matter) -> None:
    """Why it cannot be answered here, and what to do."""
    st.warning(escaped(matter.known.trouble))
    name = person()
    if matter.known.migrates and name is None:
        ask_name("**Who migrates it?** You are asked once.")
    elif matter.known.migrates and name and st.button("Migrate the run", type="primary"):
        here.migrate(matter.story.run.id, by=name)
        words = f"{matter.review.case_id} goes on under the present workflow."
        st.session_state[SAID] = Said(words, matter.story.run.id)
        open_review(None)


@st.fragment(run_every=LOOK)
def _watch(here: Desk, matter: Matter) -> None:
    """Look now and then whether somebody else has answered or claimed the question meanwhile."""
    with told():
        now = here.review(matter.review.id)
        if (now.status, now.claimed_by) != (matter.review.status, matter.review.claimed_by):
            st.rerun()


page()

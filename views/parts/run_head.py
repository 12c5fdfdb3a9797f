"""The head of one run: where it stands, what it came from, and what can be done with it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.matter import RunView
from state.duration import lasting
from state.rule_words import rules_words
from state.spent import Spent
from state.staffing import Staffing
from views.parts.desk import told
from views.parts.panel import badge, quiet, show
from views.parts.person import ask_name, person
from views.parts.text import escaped, local
from views.parts.thoughts import thoughts_of_case

LOOK = 1.0
"""Seconds between two looks at a run that goes on."""


def run_head(here: Desk, view: RunView) -> None:
    """Where the run stands, and the way on."""
    run = view.story.run
    st.title(escaped(run.case_id), anchor=False)
    badges = [badge(run.status)] + ([badge("flagged")] if run.flagged else [])
    badges += [badge("fork", "what-if")] if run.origin else []
    staff = view.story.pins.get("staff")
    seats = quiet(f"seats: {Staffing.read(staff).words.removeprefix('all seats: ')}") if staff else ""
    kept = view.story.pins.get("rules")
    show("".join(badges), quiet(" · ".join(_facts(view))), seats, quiet(rules_words(kept)) if kept else "")
    if run.error:
        st.error(escaped(run.error), icon=":material/error:")
    if view.known.trouble:
        st.warning(escaped(view.known.trouble))
    _ways_on(view)
    _acts(here, view)
    if run.status == "running":
        _watch(here, view)


def _facts(view: RunView) -> Iterator[str]:
    run = view.story.run
    profile = view.story.pins.get("profile")
    yield f"{run.workflow}{f' with {profile}' if profile else ''}"
    yield f"run {run.id}"
    yield f"started {local(run.created_at)}"
    end = run.ended_at or datetime.now(UTC)
    yield f"{'took' if run.ended_at else 'for'} {lasting((end - run.created_at).total_seconds())}"
    made = [each for each in view.story.executions if each.model is None and each.tool is None]
    if made:
        yield f"{len(made)} call{'s' if len(made) != 1 else ''} of rules"
    spent = Spent.of(view.story.executions)
    if spent.calls or run.ended_at:
        yield spent.words


def _ways_on(view: RunView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for review in view.open_reviews:
            label = "Answer its question" if len(view.open_reviews) == 1 else f"Answer: {review.kind.replace('_', ' ')}"
            st.page_link("views/inbox.py", label=label, query_params={"review": review.id}, icon=":material/inbox:")
        if view.origin is not None:
            st.page_link(
                "views/runs.py",
                label=f"What-if of {escaped(view.origin.id)}",
                query_params={"run": view.origin.id},
                icon=":material/call_split:",
            )
        for fork in view.forks[:5]:
            st.page_link(
                "views/runs.py",
                label=f"what-if: {escaped(fork.id[:9])} ({fork.status})",
                query_params={"run": fork.id},
                icon=":material/call_split:",
            )


def _acts(here: Desk, view: RunView) -> None:
    """What a person does with a run that cannot go on by itself."""
    run, name = view.story.run, person()
    can_retry = run.status == "failed" and not view.known.trouble
    can_migrate = view.known.migrates and run.status in ("waiting", "failed", "running")
    if not can_retry and not can_migrate:
        return
    if name is None:
        ask_name("**Who drives it on?** You are asked once.")
        return
    with told():
        if can_retry and st.button("Drive it on", icon=":material/replay:", help="From its last checkpoint"):
            here.retry(run.id, by=name)
            st.rerun()
        if can_migrate and st.button("Migrate it", icon=":material/upgrade:"):
            here.migrate(run.id, by=name)
            st.rerun()


@st.fragment(run_every=LOOK)
def _watch(here: Desk, view: RunView) -> None:
    """What is thought about a run that goes on, and a look now and then whether it has come further."""
    with told():
        thoughts_of_case(here.thoughts(view.story.run.id))
        now = here.run(view.story.run.id).story
        if (now.run.status, len(now.executions)) != (view.story.run.status, len(view.story.executions)):
            st.rerun()

"""Rules from people's answers: what is proposed, what holds, and a person's word on it, which is asked for twice."""

import streamlit as st

from graphs.attention.rules import Proposal
from runtime.desk.desk import Desk
from runtime.rulebook import Accepted, Change
from state.rule_words import would_have
from views.parts.desk import told
from views.parts.panel import quiet, show
from views.parts.person import ask_name, person
from views.parts.text import ago, escaped

SURE = "rules-sure"
"""Where a session keeps which rule it was asked about: whether to accept or revoke it, of what, and what stands."""

SAID = "rules-said"
"""Where a session keeps what to say of what was done."""


def rules(here: Desk, workflow: str | None) -> None:
    """The section; nothing where no rule holds and none is proposed."""
    chapters = [each for each in here.rules.chapters() if workflow in (None, each.workflow)]
    done = st.session_state.pop(SAID, None)
    if chapters or done is not None:
        st.subheader("Rules from people's answers", anchor=False)
    if done is not None:
        st.markdown(f":green[:material/done:] {escaped(done)}")
    for chapter in chapters:
        for proposal in chapter.proposals:
            with st.container(border=True), told():
                _proposal(here, chapter.workflow, proposal)
        for accepted in chapter.accepted:
            with st.container(border=True), told():
                _accepted(here, accepted)


def _proposal(here: Desk, workflow: str, proposal: Proposal) -> None:
    support, conflict = proposal.support, proposal.conflict
    st.markdown(
        f":orange[:material/rule:] People have answered **{escaped(conflict)}** the same way "
        f"**{support.in_a_row:,} times in a row**: **{escaped(proposal.prefer)}** stands."
    )
    people = "one person" if support.people == 1 else f"{support.people:,} people"
    show(
        quiet(f"{workflow} · {people} · the first {ago(support.since)}, the last {ago(support.last_at)}"),
        quiet(would_have(support)),
    )
    me = ("accept", workflow, conflict, proposal.prefer)
    if st.session_state.get(SURE) != me:
        _ask_whether(me, "Accept it as a rule", ":material/check:")
        return
    change = here.rules.acceptance(workflow, conflict)
    name = _sure(change, "**Who accepts the rule?** You are asked once.", "Accept the rule")
    if name is not None:
        here.rules.accept(change, by=name)
        _done(f"{change.prefer} stands in {conflict} from now on, by your word. It can be revoked here.")


def _accepted(here: Desk, accepted: Accepted) -> None:
    rule = accepted.rule
    st.markdown(
        f":green[:material/gavel:] In **{escaped(rule.conflict)}**, **{escaped(rule.prefer)}** stands; nobody is asked."
        if accepted.misfit is None
        else f":red[:material/gavel:] The rule that **{escaped(rule.prefer)}** stands in **{escaped(rule.conflict)}** "
        f"does not fit: {escaped(accepted.misfit)}. Runs start without it."
    )
    show(quiet(f"{rule.workflow} · accepted by {rule.accepted_by} {ago(rule.accepted_at)}"))
    me = ("revoke", rule.workflow, rule.conflict, rule.prefer)
    if st.session_state.get(SURE) != me:
        _ask_whether(me, "Revoke it", ":material/undo:")
        return
    change = here.rules.revocation(rule.workflow, rule.conflict)
    name = _sure(change, "**Who revokes the rule?** You are asked once.", "Revoke the rule")
    if name is not None:
        here.rules.revoke(rule.workflow, rule.conflict, by=name)
        _done(f"{rule.conflict} asks a human again, in runs that start from now on.")


def _ask_whether(which: tuple[str, str, str, str], label: str, icon: str) -> None:
    """The first click, which only shows what would follow."""
    if st.button(label, icon=icon, key="-".join(which)):
        st.session_state[SURE] = which
        st.rerun()


def _sure(change: Change, who: str, label: str) -> str | None:
    """What would follow, and the second click; returns the person who has given it."""
    if change.differences:
        st.markdown(f"{escaped(change.heading)}:")
    lines = [f"- {escaped(each)}" for each in change.differences]
    st.markdown("\n".join([*lines, "", *(escaped(each) + "  " for each in change.words)]))
    name = person()
    if name is None:
        ask_name(who)
        return None
    with st.container(horizontal=True):
        is_given = st.button(label, type="primary", key="rules-do")
        if st.button("Not now", key="rules-leave"):
            st.session_state.pop(SURE)
            st.rerun()
    return name if is_given else None


def _done(words: str) -> None:
    st.session_state.pop(SURE)
    st.session_state[SAID] = words
    st.rerun()

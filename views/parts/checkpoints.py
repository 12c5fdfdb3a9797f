"""The checkpoints of a run, one at a time on a slider, each with what changed since the one before."""

from typing import Any

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.matter import RunView
from runtime.replay import Moment
from state.content import LONG, in_words, is_rows
from state.duration import lasting
from views.parts.calls import calls_table
from views.parts.decision import facts_of
from views.parts.panel import quiet, show, table, wide_facts
from views.parts.text import local, marked_up


def checkpoints(here: Desk, view: RunView) -> None:
    """The slider, and the checkpoint that it stands at."""
    moments = here.replay(view.story.run.id)
    if not moments:
        st.info("This run has no checkpoints any more: they were pruned. Its decisions, ledger and trail are kept.")
        return
    last = len(moments) - 1
    place = 0
    if last:
        place = st.slider("Checkpoint", 0, last, value=last, key=f"checkpoint-{view.story.run.id}")
    _moment(moments[place], moments[place - 1] if place else None)


def _moment(moment: Moment, before: Moment | None) -> None:
    since = f", {lasting((moment.at - before.at).total_seconds())} after the one before" if before else ""
    show(quiet(f"{local(moment.at)}{since} · {moment.checkpoint_id}"))
    changes, standing = st.columns(2)
    with changes, st.container(border=True):
        show('<div class="rh-title">What changed</div>', _changes(moment))
        if moment.executions:
            show('<div class="rh-title">Who was called</div>', calls_table(moment.executions))
    with standing, st.container(border=True):
        then = ", ".join(moment.next) or "nothing: the run is at its end"
        show('<div class="rh-title">What stands</div>', quiet(f"next: {then}"))
        for name, value in moment.decisions.items():
            is_new = before is None or before.decisions.get(name) != value
            show(_decision(name, value, is_new))


def _changes(moment: Moment) -> str:
    rows = [
        (change.action, change.subject, change.actor, _difference(change.before, change.after))
        for change in moment.changes
    ]
    return table(("what", "of", "by", "from and to"), rows) if rows else quiet("nothing but the checkpoint itself")


def _difference(before: Any, after: Any) -> str:
    """Only what differs between two plain JSON values."""
    old, new = (before if isinstance(before, dict) else {}), (after if isinstance(after, dict) else {})
    old, new = _inner(old), _inner(new)
    names = [name for name in dict(old, **new) if old.get(name) != new.get(name)]
    return "\n".join(
        f"{name}: {_cut(old[name])} → {_cut(new.get(name))}" if name in old else f"{name}: {_cut(new[name])}"
        for name in names
    )


def _cut(value: Any) -> str:
    words = in_words(value)
    return words if len(words) <= LONG else f"{words[:LONG].rstrip()} … ({len(words):,} characters)"


def _inner(content: dict[str, Any]) -> dict[str, Any]:
    """The fields of a decision instead of the decision as a whole, without lists of details."""
    value = content.get("value")
    flat = {
        **{name: each for name, each in content.items() if name != "value"},
        **(value if isinstance(value, dict) else {}),
    }
    return {name: each for name, each in flat.items() if each not in (None, "", {}, []) and not is_rows(each)}


def _decision(name: str, value: Any, is_new: bool) -> str:
    facts = {field: each for field, each in (value or {}).items() if field != "rationale"}
    mark = " ← new" if is_new else ""
    head = f"<div><b>{marked_up(name)}</b><span class='rh-quiet'>{mark}</span></div>"
    return "".join([head, *facts_of(facts, wide_facts)])

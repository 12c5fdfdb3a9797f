"""What if: another decision, what would be made again before anybody pays for it, and the two runs side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from graphs.fork import Difference
from runtime.desk.desk import Desk, WhatIf
from runtime.desk.matter import RunView
from state.content import in_words
from state.duration import lasting
from state.errors import InvalidAnswer
from state.form import changed, fields_of, filled
from views.parts.form import forget_wrong, form_fields, say_wrong
from views.parts.panel import badge, quiet, show, table
from views.parts.person import ask_name, person

TRIED = "what-if-tried"
"""Where a session keeps the change that it looks at."""


def what_if(here: Desk, view: RunView) -> None:
    """The form, the preview and the fork."""
    workflow = view.known.workflow
    if workflow is None or view.known.trouble:
        st.info("A run can be forked under the workflow that it was started with only; see above.")
        return
    decided = [name for name in workflow.order if view.progress.latest_value(name) is not None]
    if not decided:
        st.info("Nothing is decided yet that could be decided otherwise.")
        return
    st.markdown("**What if** somebody had decided otherwise? The rest is kept, and nothing of it goes out.")
    name = (
        st.segmented_control("Decision", decided, default=decided[0], key=f"what-if-{view.story.run.id}") or decided[0]
    )
    before = view.progress.latest_value(name) or {}
    changes = _changes(view, name, before, workflow.contracts[name])
    if changes is not None:
        _forecast(here, view, {name: changes})


def _changes(view: RunView, name: str, before: Mapping[str, Any], contract: Any) -> dict[str, Any] | None:
    """The changed fields of the decision; None until somebody has said what they are."""
    key = _key(view, name)
    fields = tuple(field for field in fields_of(contract) if field.name != "rationale")
    with st.form(key):
        given = form_fields(key, fields, before)
        tried = st.form_submit_button("See what would be made again", shortcut="Ctrl+Enter")
    if tried:
        forget_wrong()
        st.session_state.pop(TRIED, None)
        values, wrong = filled(fields, given)
        if wrong:
            say_wrong(key, wrong)
        st.session_state[TRIED] = (key, changed(values, before))
    tried_key, changes = st.session_state.get(TRIED, ("", None))
    return changes if tried_key == key else None


def _forecast(here: Desk, view: RunView, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """What the fork would make again, and the button that pays for it."""
    [(name, fields)] = changes.items()
    if not fields:
        st.info("Nothing is different yet. Change a field.")
        return
    try:
        foreseen = here.what_if(view.story.run.id, changes)
    except InvalidAnswer as invalid:
        st.session_state.pop(TRIED, None)
        say_wrong(_key(view, name), dict(invalid.problems) or {"": str(invalid)})
    with st.container(border=True):
        show('<div class="rh-title">Before anything runs</div>', _makes(foreseen))
        who = person()
        if who is None:
            ask_name("**Who asks?** You are asked once.")
        elif st.button("Run it as a fork", type="primary", icon=":material/call_split:", shortcut="F"):
            with st.spinner("The fork runs …"):
                made = here.fork(view.story.run.id, changes, by=who)
            st.session_state.pop(TRIED, None)
            st.switch_page("views/runs.py", query_params={"run": made.run.id})


def _key(view: RunView, name: str) -> str:
    return f"what-if-{view.story.run.id}-{name}"


def _makes(foreseen: WhatIf) -> str:
    if not foreseen.makes:
        return quiet("Nothing would be made again: no decision is built on this one.")
    cost = foreseen.cost
    paid = [f"{cost.calls} calls", f"{cost.model_calls} of a model", f"{cost.tokens} tokens", lasting(cost.seconds)]
    paid += [f"{cost.money:.4f} in money"] if cost.money else []
    unknown = f" Nobody knows yet what {', '.join(cost.unknown)} costs." if cost.unknown else ""
    makes = f"At the most these are made again: {', '.join(foreseen.makes)}."
    return quiet(f"{makes} The last time that took {', '.join(paid)}.{unknown}")


def compare(view: RunView) -> None:
    """A fork beside the run that it was made of; nothing for a run that is none."""
    origin, differences = view.origin, view.differences
    if origin is None or not differences:
        return
    with st.container(border=True):
        different = sum(each.changed for each in differences)
        title = f'<div class="rh-title">{different} of {len(differences)} decisions came out differently</div>'
        here = view.story.run.status
        status = f"{badge(origin.status, f'origin {origin.status}')}{badge(here, f'this {here}')}"
        rows = [row for each in differences for row in _rows(each)]
        show(title, status, table(("decision", "field", "origin", "this what-if"), rows))


def _rows(each: Difference) -> Sequence[tuple[str, str, str, str]]:
    before, after = each.before or {}, each.after or {}
    if not each.changed:
        return [(each.decision, "", "the same", "the same")]
    fields = [name for name in dict(before, **after) if before.get(name) != after.get(name)]
    return [
        (each.decision if not place else "", name, _side(each.before, name), _side(each.after, name))
        for place, name in enumerate(fields)
    ]


def _side(value: Mapping[str, Any] | None, name: str) -> str:
    return "not decided" if value is None else in_words(value.get(name))

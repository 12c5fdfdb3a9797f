"""One decision as a card: its value, how sure its maker is, why, and what it was built from."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from state.record import Record
from views.parts.panel import COLOURS, badge, bar, facts, quiet, said, show, table
from views.parts.text import marked_up


def decision_card(versions: Sequence[Record], note: str = "", threshold: float | None = None) -> None:
    """A card of the newest version of a decision, with the earlier ones folded away.

    ``note`` is HTML beside its name; ``threshold`` is the confidence under which a human is asked, where it is judged.
    """
    newest = versions[-1]
    with st.container(border=True):
        show(_title(newest, note), *_body(newest, threshold))
        for earlier in reversed(versions[:-1]):
            with st.expander(f"Version {earlier.version} by {earlier.maker.kind}"):
                show(quiet(_made_by(earlier)), *_body(earlier))


def _title(record: Record, note: str) -> str:
    outcome = "" if record.outcome == "decided" else badge(record.outcome)
    title = f'<div class="rh-title">{marked_up(record.decision)} <small>v{record.version}</small> {outcome}{note}</div>'
    return title + quiet(_made_by(record))


def _made_by(record: Record) -> str:
    sources = ", ".join(f"{need} v{version}" for need, version in record.built_from.items()) or "the case"
    return f"by {record.maker.name} ({record.maker.kind}), from {sources}"


def _body(record: Record, threshold: float | None = None) -> list[str]:
    value = dict(record.value or {})
    rationale = value.pop("rationale", "")
    confidence = value.pop("confidence", None)
    parts = [said(record.reason)] if record.reason else []
    if confidence is not None:
        parts.append(_confidence(float(confidence), threshold))
    parts.append(facts({name: content for name, content in value.items() if not _is_table(content)}))
    if rationale:
        parts.append(said(str(rationale)))
    return parts + [_evidence(name, content) for name, content in value.items() if _is_table(content)]


def _confidence(confidence: float, threshold: float | None) -> str:
    if threshold is None:
        return f'<div class="rh-quiet">confidence {confidence:.2f}</div>{bar(confidence, COLOURS["running"])}'
    colour = COLOURS["failed" if confidence < threshold else "completed"]
    words = f"confidence {confidence:.3f}, a human is asked under {threshold:.3f}"
    return f'<div class="rh-quiet">{words}</div>{bar(confidence, colour)}'


def _is_table(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(isinstance(each, Mapping) for each in content)


def _evidence(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return quiet(name) + table(headings, [[row.get(heading) for heading in headings] for row in rows])

"""One decision as a card: its value, how sure its maker is, why, and what it was built from."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from state.provenance import BASIS_WORDS, Provenance
from state.record import Record
from views.parts.panel import COLOURS, badge, bar, facts, folded, quiet, said, show, table
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
        parts.append(_confidence(record, float(confidence), threshold))
    parts.append(facts({name: content for name, content in value.items() if not _is_table(content)}))
    if rationale:
        parts.append(said(str(rationale)))
    parts += [_evidence(name, content) for name, content in value.items() if _is_table(content)]
    return [*parts, *_provenance(record.provenance)]


def _confidence(record: Record, confidence: float, threshold: float | None) -> str:
    """How sure its maker is, what that rests on, and under what a human is asked."""
    basis = record.provenance.confidence_by
    rests = f" {BASIS_WORDS[basis]}" if basis else ""
    if threshold is None:
        return quiet(f"confidence {confidence:.2f}{rests}") + bar(confidence, COLOURS["running"])
    colour = COLOURS["failed" if confidence < threshold else "completed"]
    return quiet(f"confidence {confidence:.3f}{rests}, a human is asked under {threshold:.3f}") + bar(
        confidence, colour
    )


def _provenance(told: Provenance) -> list[str]:
    """What else is to be known: remarks, and what was looked up, with where it stands."""
    conflict = [quiet(f"counts as the conflict {told.conflict}")] if told.conflict else []
    remarks = [quiet(remark) for remark in told.words]
    found = [folded(f"{each.tool} {each.asked} in {each.source}", each.text) for each in told.evidence]
    return [*conflict, *remarks, *found]


def _is_table(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(isinstance(each, Mapping) for each in content)


def _evidence(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return quiet(name) + table(headings, [[row.get(heading) for heading in headings] for row in rows])

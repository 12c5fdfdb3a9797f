"""Decisions as cards: the value of each, how sure its maker is, why, what it was built from, and the files it keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import streamlit as st

from runtime.desk.desk import Desk
from state.content import LONG, in_words, is_rows
from state.provenance import BASIS_WORDS, Provenance
from state.record import Record
from views.parts.files import MOST, downloads, files_of
from views.parts.listed import is_wide, listed
from views.parts.panel import COLOURS, badge, bar, facts, folded, quiet, said, show, wide_facts
from views.parts.text import marked_up

BESIDE = 3
"""How many cards stand beside each other at the most."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows."""

    versions: Sequence[Record]
    """Oldest first."""
    note: str = ""
    """HTML beside its name."""
    threshold: float | None = None
    """The confidence under which a human is asked, where the decision is judged."""
    files: Literal["here", "elsewhere"] = "here"
    """Where on the page its files are offered."""

    @property
    def newest(self) -> Record:
        """The version that is shown open."""
        return self.versions[-1]

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole width."""
        return is_wide(self.newest.value or {})


def decision_cards(here: Desk, cards: Sequence[Card]) -> None:
    """Cards in their order, beside each other but for those that need the whole width."""
    for wide, group in groupby(cards, lambda card: card.is_wide):
        together = list(group)
        columns = [st.container()] if wide else st.columns(min(len(together), BESIDE))
        for place, card in enumerate(together):
            with columns[place % len(columns)]:
                _card(here, card)


def _card(here: Desk, card: Card) -> None:
    """The newest version of a decision, with the earlier ones folded away."""
    newest = card.newest
    with st.container(border=True):
        tell = wide_facts if card.is_wide else facts
        show(_title(newest, card.note), *_body(newest, tell, card.threshold))
        if card.files == "here":
            _files(here, newest)
        for earlier in reversed(card.versions[:-1]):
            with st.expander(f"Version {earlier.version} by {earlier.maker.kind}"):
                show(quiet(_made_by(earlier)), *_body(earlier, tell))


def _files(here: Desk, record: Record) -> None:
    """The files of a decision, those of what it lists under a fold."""
    own, listed_ones = files_of(record.value)
    key = f"{record.decision}-{record.version}"
    if own:
        downloads(here, key, own)
    if listed_ones:
        with st.expander(f"{len(listed_ones)} files of what it lists", icon=":material/folder:"):
            downloads(here, f"{key}-listed", listed_ones[:MOST])
            if len(listed_ones) > MOST:
                show(quiet(f"and {len(listed_ones) - MOST} more, which 'roundhouse show --json' names"))


def _title(record: Record, note: str) -> str:
    outcome = "" if record.outcome == "decided" else badge(record.outcome)
    title = f'<div class="rh-title">{marked_up(record.decision)} <small>v{record.version}</small> {outcome}{note}</div>'
    return title + quiet(_made_by(record))


def _made_by(record: Record) -> str:
    sources = ", ".join(f"{need} v{version}" for need, version in record.built_from.items()) or "the case"
    return f"by {record.maker.name} ({record.maker.kind}), from {sources}"


def _body(record: Record, tell: Callable[[Mapping[str, Any]], str], threshold: float | None = None) -> list[str]:
    value = dict(record.value or {})
    rationale = value.pop("rationale", "")
    confidence = value.pop("confidence", None)
    parts = [said(record.reason)] if record.reason else []
    if confidence is not None:
        parts.append(_confidence(record, float(confidence), threshold))
    parts += facts_of(value, tell)
    if rationale:
        parts.append(said(str(rationale)))
    parts += [listed(name, content) for name, content in value.items() if is_rows(content)]
    return [*parts, *_provenance(record.provenance)]


def facts_of(value: Mapping[str, Any], tell: Callable[[Mapping[str, Any]], str]) -> list[str]:
    """The facts of a decision without its lists of objects; long texts are folded, each under its name."""
    told = {name: content for name, content in value.items() if not is_rows(content)}
    long = {name: words for name, content in told.items() if len(words := in_words(content)) > LONG}
    short = {name: content for name, content in told.items() if name not in long}
    return [tell(short), *(folded(f"{name} · {len(words):,} characters", words) for name, words in long.items())]


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

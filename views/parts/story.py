"""The story of one run: the path that it took, what was decided from what, and what went out."""

from collections.abc import Mapping, Sequence

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.matter import RunView
from state.content import file_words
from state.duration import lasting
from state.record import Record
from state.run import RunStory
from views.parts.decision import Card, decision_cards
from views.parts.files import pages
from views.parts.panel import badge, facts, quiet, said, show, table
from views.parts.question import KINDS, answered_words, discussion, the_case, versions_of
from views.parts.text import local, marked_up


def story(here: Desk, view: RunView) -> None:
    """Everything that was decided and said, in the order in which a person asks for it."""
    versions = versions_of(view.story)
    paged = pages(here, {name: records[-1] for name, records in versions.items()})
    if view.drawing is not None:
        st.mermaid_chart(view.drawing, alt="The workflow, with the path of this run lit")
    _decisions(here, view, versions, paged)
    the_case(view.story)
    discussion(view.story)
    _questions(view.story)
    _effects(view.story)


def _decisions(here: Desk, view: RunView, versions: Mapping[str, list[Record]], paged: Sequence[str]) -> None:
    """A card for each decision; the files of those whose page is shown stand there."""
    if not versions:
        st.info("Nothing is decided yet.")
        return
    cards = [
        Card(records, threshold=view.known.asks_under(name, view.story), files="elsewhere" if name in paged else "here")
        for name, records in versions.items()
    ]
    decision_cards(here, cards)


def _questions(story: RunStory) -> None:
    if not story.reviews:
        return
    rows = [
        (
            local(review.opened_at),
            f"{KINDS.get(review.kind, review.kind)}: {review.payload['question']['reason']}",
            review.status,
            answered_words(review) if review.answer else "",
            review.answered_by,
            lasting((review.answered_at - review.opened_at).total_seconds()) if review.answered_at else "",
            (review.answer or {}).get("text"),
        )
        for review in story.reviews
    ]
    with st.container(border=True):
        headings = ("asked", "question", "status", "answer", "by", "after", "said")
        show('<div class="rh-title">Questions</div>', table(headings, rows))


def _effects(story: RunStory) -> None:
    for effect in story.effects:
        with st.container(border=True):
            title = f'<div class="rh-title">{marked_up(effect.effect)} {badge(effect.status)}</div>'
            parts = [title, quiet(effect.receipt or effect.error or f"tried {effect.attempts} times")]
            if effect.message is not None:
                about = {"to": effect.message.to, "subject": effect.message.subject}
                if effect.message.attachments:
                    about["with"] = "; ".join(map(file_words, effect.message.attachments))
                parts += [facts(about), said(effect.message.text)]
            show(*parts)

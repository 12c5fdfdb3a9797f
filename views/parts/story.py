"""The story of one run: the path that it took, what was decided from what, and what went out."""

import streamlit as st

from runtime.desk.matter import RunView
from state.duration import lasting
from state.run import RunStory
from views.parts.decision import decision_card
from views.parts.panel import badge, facts, quiet, said, show, table
from views.parts.question import KINDS, answered_words, discussion, the_case, versions_of
from views.parts.text import local, marked_up


def story(view: RunView) -> None:
    """Everything that was decided and said, in the order in which a person asks for it."""
    if view.drawing is not None:
        st.mermaid_chart(view.drawing, alt="The workflow, with the path of this run lit")
    _decisions(view)
    the_case(view.story)
    discussion(view.story)
    _questions(view.story)
    _effects(view.story)


def _decisions(view: RunView) -> None:
    versions = versions_of(view.story)
    if not versions:
        st.info("Nothing is decided yet.")
        return
    columns = st.columns(min(len(versions), 3))
    for place, (name, records) in enumerate(versions.items()):
        with columns[place % len(columns)]:
            decision_card(records, threshold=view.known.asks_under(name, view.story))


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
                parts += [
                    facts({"to": effect.message.to, "subject": effect.message.subject}),
                    said(effect.message.text),
                ]
            show(*parts)

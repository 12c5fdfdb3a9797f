"""The list of the inbox, a page of questions at a time, and which of them is open."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from state.run import ReviewRow
from views.parts.question import KINDS, claim_words
from views.parts.text import since

PER_PAGE = 12
"""How many questions the list shows at a time."""

REVIEW = "review"
"""The part of the address that says which question is open."""


def chosen_review(reviews: Sequence[ReviewRow]) -> str | None:
    """Which question is open: that of the address, or else the first."""
    named = st.query_params.get(REVIEW)
    return named or (reviews[0].id if reviews else None)


def open_review(review: str | None) -> None:
    """Open another question."""
    if review is None:
        st.query_params.pop(REVIEW, None)
    else:
        st.query_params[REVIEW] = review
    st.rerun()


def after(reviews: Sequence[ReviewRow], review: str, step: int = 1) -> str | None:
    """The question that many places further on, around the end; None where there is no other."""
    ids = [each.id for each in reviews]
    if review not in ids:
        return ids[0] if ids else None
    other = ids[(ids.index(review) + step) % len(ids)]
    return other if other != review else None


def inbox_list(reviews: Sequence[ReviewRow], chosen: str | None, total: int) -> None:
    """The list, with the open question marked; another one is opened by choosing its row."""
    ids = [each.id for each in reviews]
    place = ids.index(chosen) if chosen in ids else 0
    pages = -(-len(ids) // PER_PAGE)
    page = _page(place // PER_PAGE + 1, pages, chosen)
    shown = reviews[(page - 1) * PER_PAGE : page * PER_PAGE]
    marked = [row for row, each in enumerate(shown) if each.id == chosen]
    picked = st.dataframe(
        [_row(each) for each in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": marked}},
        # a list in which the open question stands elsewhere is another one, or its old selection would be a choice
        key=f"inbox-{page}-{chosen}-{marked}",
        column_config={
            "case": st.column_config.TextColumn("case", width=90),
            "waits": st.column_config.TextColumn("waits", width=70),
        },
    )
    st.caption(f"{total} wait for a human" + (f", the first {len(ids)} are listed" if total > len(ids) else ""))
    rows = picked.selection.rows
    if rows and rows != marked:
        open_review(shown[rows[0]].id)


def _page(mine: int, pages: int, chosen: str | None) -> int:
    """Which page of the list is shown: that of the open question, until somebody turns the page."""
    if pages < 2:
        return 1
    return int(st.pagination(pages, default=mine, max_visible_pages=5, key=f"inbox-page-{chosen}-{pages}"))


def _row(review: ReviewRow) -> dict[str, str]:
    waits = KINDS.get(review.kind, review.kind)
    marks = ["‼"] if review.priority > 0 else []
    marks += ["✋"] if claim_words(review, datetime.now(UTC)) else []
    return {"case": review.case_id, "question": " ".join([*marks, waits]), "waits": since(review.opened_at)}

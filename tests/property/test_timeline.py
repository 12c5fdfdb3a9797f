"""What an axis promises, over random spans of any length and order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from state.axis import Axis, compressed
from state.timeline import Span, SpanKind
from tests.property.test_agenda import quick

FIRST = datetime(2026, 7, 1, tzinfo=UTC)

KINDS: tuple[SpanKind, ...] = ("worked", "worked", "queued", "waited for others", "waited for a human")

lengths = st.one_of(
    st.just(0),
    st.integers(1, 50),
    st.integers(1, 10**6),
    st.integers(1, 10**11),
    st.just(86_400 * 10**6 * 3_650),
)
"""Microseconds: nothing, a few, up to a second, up to a day, and ten years."""


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Spans that overlap, touch, nest, or lie far apart."""
    made: list[Span] = []
    moment = FIRST
    for place in range(draw(st.integers(0, 12))):
        moment += timedelta(microseconds=draw(lengths)) * draw(st.sampled_from((1, 1, 0, -1)))
        end = moment + timedelta(microseconds=draw(lengths))
        made.append(Span("lane", draw(st.sampled_from(KINDS)), moment, end, f"{place}"))
        moment = draw(st.sampled_from((moment, end)))
    return made


def axes(made: Sequence[Span]) -> list[Axis]:
    return [compressed(made), compressed(made, 0.0), compressed(made, 1.0), compressed(made, 1e9)]


@quick
@given(made=spans())
def test_every_span_is_drawn_in_its_place_and_one_with_a_length_has_a_width(made: list[Span]) -> None:
    for axis in axes(made):
        assert [each.span for each in axis.drawn] == made
        for each in axis.drawn:
            assert 0 <= each.x0 <= each.x1 <= 1
            assert (each.x0 < each.x1) == (each.span.start < each.span.end)


@quick
@given(made=spans(), share=st.floats(0, 1))
def test_what_is_later_is_drawn_further_to_the_right(made: list[Span], share: float) -> None:
    edges = sorted({moment for span in made for moment in (span.start, span.end)})
    between = sorted({*edges, *(a + (b - a) * share for a, b in pairwise(edges))})
    for axis in axes(made):
        positions = [axis.x(moment) for moment in between]
        assert positions == sorted(positions)
        exact = [axis.x(moment) for moment in edges]
        assert all(a < b for a, b in pairwise(exact)), "no two moments share a place"
        assert len(edges) < 2 or (exact[0], exact[-1]) == (0.0, 1.0)


@quick
@given(made=spans())
def test_nobody_works_in_a_break_and_no_two_of_them_overlap(made: list[Span]) -> None:
    for axis in axes(made):
        for each in axis.breaks:
            assert each.x0 < each.x < each.x1
            assert not [
                span
                for span in made
                if span.kind == "worked" and span.start < each.end and span.end > each.start and span.seconds
            ]
        assert all(a.x1 <= b.x0 for a, b in pairwise(axis.breaks))


@quick
@given(made=spans())
def test_ticks_are_named_from_left_to_right_and_can_be_told_apart(made: list[Span]) -> None:
    for axis in axes(made):
        positions = [tick.x for tick in axis.ticks]
        assert positions == sorted(set(positions))
        assert all(0 <= x <= 1 for x in positions)
        assert len(positions) <= 14
        assert all(tick.label for tick in axis.ticks)

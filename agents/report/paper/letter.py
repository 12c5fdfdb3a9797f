"""The letter: the plain text that a report goes out with."""

from collections.abc import Iterator

from agents.report.paper.amount import clipped, counted
from agents.report.paper.contents import Contents
from agents.report.paper.provenance import Origin
from agents.report.paper.quality import EVERY, Trouble

MOST_OPEN = 10
"""How many open points are named."""

LONGEST_SUBJECT = 200


def subject(contents: Contents) -> str:
    """One line, at most ``LONGEST_SUBJECT`` characters."""
    return f"{clipped(contents.title, LONGEST_SUBJECT - len(contents.period) - 2)}, {contents.period}"


def text(contents: Contents) -> str:
    """The summary with its numbers, what stayed open, and the sources."""
    return "\n".join(
        [
            contents.title,
            contents.period,
            *_until(contents),
            *_summary(contents),
            *_open(contents),
            *_sources(contents),
            "",
        ]
    )


def _until(contents: Contents) -> Iterator[str]:
    if contents.until:
        yield f"Data up to {contents.until}"


def _summary(contents: Contents) -> Iterator[str]:
    yield ""
    for parts in contents.summary:
        yield "- " + "".join(part.text for part in parts).strip()


def _open(contents: Contents) -> Iterator[str]:
    yield from ("", "Open points")
    points, more = contents.quality.open, contents.quality.open_more
    for trouble in points[:MOST_OPEN]:
        yield f"- {_point(trouble)}"
    if len(points) + more > MOST_OPEN:
        yield f"- and {len(points) + more - min(len(points), MOST_OPEN)} more, in the report"
    if not points:
        yield "- none"


def _point(trouble: Trouble) -> str:
    which = "" if trouble.series == EVERY else f"{trouble.series}, "
    return f"{which}{trouble.source}: {trouble.words}"


def _sources(contents: Contents) -> Iterator[str]:
    yield from ("", "Sources")
    for origin in contents.origins:
        yield f"- {_origin(origin)}"
    if contents.origins_more:
        yield f"- and {counted(contents.origins_more, 'source')} more"
    again = sum(origin.times for origin in contents.origins)
    if again:
        yield f"- read again in part, {counted(again, 'time')}"


def _origin(origin: Origin) -> str:
    by = f" ({origin.publisher})" if origin.publisher else ""
    terms = f" Terms: {origin.terms}" if origin.terms else ""
    return f"{origin.source}{by}: {origin.asked}, {origin.rows}.{terms}"

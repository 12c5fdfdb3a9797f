"""The print: a report as a PDF, set by Typst. What the data say comes in as JSON, so none of it is read as markup."""

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from agents.report.paper.amount import clipped
from agents.report.paper.chart import SVG
from agents.report.paper.contents import Contents
from agents.report.paper.palette import LIGHT
from agents.report.paper.provenance import Trace
from agents.report.paper.quality import Gap, Trouble

if TYPE_CHECKING:
    from typst import Fonts

HERE = Path(__file__).parent

MOST_TROUBLES = 20
MOST_TRACES = 60
MOST_ORIGINS = 12
"""How many are in print; the page has more."""

LONGEST_TITLE = 60
LONGEST_LABEL = 26
"""Letters of a series' title in its own table, and of names elsewhere."""

Which = Literal["own", "all"]
"""Which fonts: those that come along, or those of the machine besides."""

_LONG_WORD = re.compile(r"\S{19,}")
_SLASH = re.compile(r"(?<=\w)/(?=\w)")
_BREAK = "\u200b"
"""A place where a long word may be broken."""


def printed(contents: Contents, day: date) -> bytes:
    """The report as PDF. ``day`` is the one that the file says it is from. Equal input gives equal bytes."""
    import typst

    text = json.dumps(_for_print(contents), ensure_ascii=False)
    return typst.compile(
        (HERE / "paper.typ").read_bytes(),
        sys_inputs={"contents": text},
        font_paths=_fonts("all" if _is_rare(text) else "own"),
        timestamp=int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()),
    )


def _for_print(contents: Contents) -> dict[str, Any]:
    """What the template is given: less than the page shows, and with places to break long words at."""
    quality = contents.quality.within(MOST_TROUBLES)
    traces, origins = contents.traces[:MOST_TRACES], contents.origins[:MOST_ORIGINS]
    shown = replace(
        contents,
        quality=replace(
            quality,
            open=tuple(map(_labelled, quality.open)),
            elsewhere=tuple(map(_labelled, quality.elsewhere)),
            repaired=tuple(map(_labelled, quality.repaired)),
            mendings=tuple(each for each in quality.mendings if not each.of_issue),
            gaps=tuple(map(_labelled, quality.gaps)),
        ),
        traces=tuple(map(_labelled_trace, traces)),
        other_traces=(),
        traces_more=contents.traces_more + len(contents.traces) - len(traces) + len(contents.other_traces),
        origins=origins,
        origins_more=contents.origins_more + len(contents.origins) - len(origins),
        lines=tuple(replace(line, title=clipped(line.title, LONGEST_TITLE)) for line in contents.lines),
    )
    given: dict[str, Any] = _breakable(asdict(shown))
    for each, whole in zip(given["bars"] + given["panels"], contents.bars + contents.panels, strict=True):
        each["short"] = clipped(whole.title, LONGEST_LABEL)
    return given | {"short_title": clipped(contents.title, LONGEST_TITLE), "palette": dict(LIGHT)}


Named = TypeVar("Named", Trouble, Gap)


def _labelled(row: Named) -> Named:
    return replace(row, series=clipped(row.series, LONGEST_LABEL), source=clipped(row.source, LONGEST_LABEL))


def _labelled_trace(trace: Trace) -> Trace:
    parts = tuple((clipped(part[0], LONGEST_LABEL), *part[1:]) for part in trace.parts)
    return replace(trace, name=clipped(trace.name, LONGEST_LABEL), parts=parts)


def _breakable(value: Any) -> Any:
    """The same with places in long words at which a line may be broken."""
    match value:
        case str() if not value.startswith(SVG):
            return _LONG_WORD.sub(_broken, _SLASH.sub(f"/{_BREAK}", value))
        case dict():
            return {name: _breakable(each) for name, each in value.items()}
        case list() | tuple():
            return [_breakable(each) for each in value]
        case _:
            return value


def _broken(word: re.Match[str]) -> str:
    letters = word[0]
    return _BREAK.join(letters[place : place + 8] for place in range(0, len(letters), 8))


def _is_rare(text: str) -> bool:
    """Whether a text has letters that the fonts which come along have not."""
    return not set(text) <= _letters()


@lru_cache(maxsize=1)
def _letters() -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    known = FT2Font(str(_own_fonts() / "DejaVuSans.ttf")).get_charmap()
    return frozenset({*map(chr, known), _BREAK, "\n"})


@lru_cache(maxsize=2)
def _fonts(which: Which) -> "Fonts":
    """The fonts that come along, which make equal bytes everywhere; or those of the machine besides."""
    from typst import Fonts

    return Fonts(include_system_fonts=which == "all", font_paths=[str(_own_fonts())])


def _own_fonts() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"

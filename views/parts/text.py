"""Text on pages. What comes from cases, people and models is shown as text, never as markup or control codes."""

import html
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from state.content import NOTHING
from state.duration import in_time
from state.plain import visible

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=/\"'])")
"""The characters that mean something in Streamlit's Markdown: emphasis, links, HTML, formulas, directives, icons."""


def escaped(text: object) -> str:
    """Text for where Streamlit takes Markdown, such as labels and captions; one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(visible(str(text)).split()))


def marked_up(text: object) -> str:
    """Text for inside HTML; line ends stay, where the style keeps them."""
    return html.escape(visible(str(text)))


def share(part: float, whole: float) -> str:
    """A share in per cent; a dash where there is no whole."""
    return f"{part / whole:.1%}" if whole else NOTHING


def ago(moment: datetime) -> str:
    """How long ago a moment was, in its two largest units."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return f"{in_time(seconds)} ago" if seconds >= 1 else "just now"


def since(moment: datetime) -> str:
    """How long ago a moment was, in its largest unit, for where there is little room."""
    return " ".join(in_time((datetime.now(UTC) - moment).total_seconds()).split()[:2])


def zone() -> ZoneInfo:
    """The viewer's time zone; UTC where the browser does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(moment: datetime) -> str:
    """A moment in the viewer's zone."""
    there = moment.astimezone(zone())
    return f"{there:%Y-%m-%d %H:%M:%S} {there.tzname()}"

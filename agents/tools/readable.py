"""The text of an answer: what a person would read of an HTML page, and any other text as it is.

The page is read by one expression that goes through it once. ``html.parser`` of the standard library takes 20 seconds
for 50 KB of unclosed tags, in which nothing else runs; and the page comes from outside. The price: a tag ends at its
first ``>``, also where that stands in an attribute.
"""

import html
import re

_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style)(?=[\s/>]).*?(?:</(?P=hidden)(?=[\s/>])[^<>]*>?|\Z)"
    r"|</?(?P<tag>[a-z][a-z0-9-]{0,30})(?![a-z0-9-])[^<>]*>"
    r"|<[!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)

_INLINE = re.compile(r"a|abbr|b|code|em|font|i|kbd|mark|q|s|small|span|strong|sub|sup|time|u|var|wbr")
"""Tags that stand within a word or sentence; at others a new line begins."""

_CELLS = frozenset({"td", "th"})

_LONG_NUMBER = re.compile(r"&#\d{8,};?")
"""A character by its number that no character has; Python refuses to read it where it is very long."""


def decoded(body: bytes, charset: str | None) -> str:
    """The text of a body, with a mark for each byte that is none."""
    try:
        text = body.decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError):
        text = body.decode("utf-8", "replace")
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def page_text(page: str) -> str:
    """The text of an HTML page, a line for each block of it, without scripts and styles."""
    bare = html.unescape(_LONG_NUMBER.sub("\ufffd", _MARKUP.sub(_between, page))).replace("\0", "\ufffd")
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


def _between(found: re.Match[str]) -> str:
    """What stands in place of a piece of markup."""
    tag = (found["tag"] or "").lower()
    if not tag or _INLINE.fullmatch(tag):
        return ""
    return " " if tag in _CELLS else "\n"

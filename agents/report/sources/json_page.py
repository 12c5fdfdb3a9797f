"""The page of records: what one answer of a JSON API holds. Numbers stay as they are written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from agents.report.source import SourceFault
from agents.report.sources.content import is_markup
from agents.report.sources.layout import listed, shortened

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The records of an answer, and the rest of it."""

    answer: object
    records: Sequence[Record]

    @classmethod
    def parse(cls, body: bytes, rows: str) -> Self:
        """``rows`` are keys separated by dots. Raises ``SourceFault`` where there is no list of records."""
        if is_markup(body[:1000]):
            raise SourceFault("it answers with a web page (HTML) or XML, and JSON is needed. Check its url.")
        try:
            # whatever a number is, such as one of a million digits, it is a cell like others
            answer: object = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
        except RecursionError:
            raise SourceFault("it answers with JSON that is nested far too deeply.") from None
        except ValueError as error:
            reason = "not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise SourceFault(f"it answers with what is no JSON ({reason}). Check its url.") from None
        found = _at(answer, rows)
        if not isinstance(found, list):
            where = f"key {rows!r} of its answer" if rows else "its answer"
            raise SourceFault(f"{where} is {_kind(found)}, and a list of records is needed. {_holds(answer)}")
        for place, record in enumerate(found, 1):
            if not isinstance(record, dict):
                raise SourceFault(f"record {place} of an answer is {_kind(record)}, and an object is needed.")
        return cls(answer, found)

    def next_url(self, key: str) -> str | None:
        """The URL of the next page; None where there is none. Raises ``SourceFault`` for anything else."""
        found = _at(self.answer, key)
        if found in (None, "", False):
            return None
        if not isinstance(found, str):
            raise SourceFault(f"key {key!r} of its answer is {_kind(found)}, and the URL of the next page is needed.")
        return found


def as_cell(value: object) -> str | None:
    """A value of a record as it is written."""
    match value:
        case None:
            return None
        case str():
            # JSON can write halves of letters, which are no text
            return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        case True | False:
            return str(value).lower()
        case _:
            return f"({_kind(value)})"


def _at(answer: object, keys: str) -> object:
    """What stands under some keys; None where one of them is not there."""
    for key in keys.split(".") if keys else ():
        if not isinstance(answer, dict):
            return None
        answer = answer.get(key)
    return answer


def _kind(value: object) -> str:
    match value:
        case None:
            return "not there"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return repr(shortened(str(value), 60))


def _holds(answer: object) -> str:
    return f"It has the keys {listed(answer)}." if isinstance(answer, dict) else f"It is {_kind(answer)}."

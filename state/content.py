"""The content: the values of decisions and cases, which are plain JSON, as a person reads them.

A value is told by its shape and not by where it comes from, so that what a user's own workflow decides is shown as the
shipped ones are: a file by its name, a mapping with its names, a moment without its fractions.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from state.artifact import Artifact

NOTHING = "–"
"""What stands where there is no value."""

LONG = 500
"""Characters from which on a text is more than a fact."""

SENTENCE = 40
"""Characters from which on the texts of a list stand on lines of their own."""

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


def in_words(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
        case list() | tuple():
            return _listed([in_words(each) for each in value])
        case Mapping():
            return _mapping(value)
        case str():
            moment = _MOMENT.fullmatch(value)
            return f"{moment[1]} {moment[2]} UTC" if moment else value
        case _:
            return str(value)


def _listed(parts: list[str]) -> str:
    if any(len(part) > SENTENCE for part in parts):
        return "\n".join(parts)
    return "; ".join(parts) or NOTHING


def _mapping(value: Mapping[str, Any]) -> str:
    artifact = artifact_in(value)
    if artifact is not None:
        return f"{file_words(artifact)}, {artifact.digest[:8]}"
    return ", ".join(f"{name} {in_words(each)}" for name, each in value.items()) or NOTHING


def artifact_in(value: Any) -> Artifact | None:
    """The kept file that a value refers to; None where it is something else."""
    if not isinstance(value, Mapping) or set(value) != set(Artifact.model_fields):
        return None
    try:
        return Artifact.model_validate(value)
    except ValidationError:
        return None


def artifacts_of(value: Any, where: str = "") -> Iterator[tuple[str, Artifact]]:
    """Every kept file that a value refers to, each with the field that does, such as ``pulls 2 table``."""
    artifact = artifact_in(value)
    if artifact is not None:
        yield where, artifact
        return
    match value:
        case Mapping():
            inner = [(str(name), each) for name, each in value.items()]
        case list() | tuple():
            inner = [(str(place), each) for place, each in enumerate(value, 1)]
        case _:
            return
    for name, each in inner:
        yield from artifacts_of(each, f"{where} {name}".strip())


def file_words(artifact: Artifact) -> str:
    """A file by its name and size."""
    return f"{artifact.name}, {size_words(artifact.size)}"


def size_words(size: int) -> str:
    """A number of bytes in its largest unit, of 1000 each."""
    if size < 1000:
        return f"{size} bytes"
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if round(amount) < 1000:
            return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
    return f"{amount / 1000:,.1f} TB"


def is_rows(value: Any) -> bool:
    """Whether a value is a list of objects, which is best read as a table."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(each, Mapping) and artifact_in(each) is None for each in value)
    )

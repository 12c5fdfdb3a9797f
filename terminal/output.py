"""Output: tables for people, JSON for programs, and one line for a mistake."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn

from pydantic import BaseModel
from rich.console import Console, RenderableType

from state.own_error import own_error


def tell(view: RenderableType, style: str = "") -> None:
    """Print for a person."""
    Console(emoji=False).print(view, style=style or None, markup=False)


def say(words: str) -> None:
    """A line of plain text with the time of day, as logs have it."""
    sys.stdout.write(f"{datetime.now():%H:%M:%S} {words}\n")
    sys.stdout.flush()


def print_json(content: object) -> None:
    """Print for a program."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def print_model(model: BaseModel) -> None:
    """Print a model for a program."""
    print_json(model.model_dump(mode="json"))


def print_list(rows: Sequence[BaseModel], as_json: bool, view: Callable[[], RenderableType], nothing: str) -> None:
    """Print rows for a program or a person, who is told where there are none."""
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        tell(view() if rows else nothing)


def first_words(group: BaseExceptionGroup[BaseException]) -> str:
    """What the first of our own errors in a group says; raises the group where there is none."""
    known = own_error(group)
    if known is None:
        raise group
    return str(known)


def stop(message: str, status: int) -> NoReturn:
    """End the command with one line on standard error."""
    Console(stderr=True, emoji=False).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(status)

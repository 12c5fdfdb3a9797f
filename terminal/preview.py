"""A preview of what a command is about to touch, and the word of the person who gave it to go on."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType

from terminal.output import tell


def confirmed(view: Callable[[], RenderableType], count: int, what: str, *, yes: bool, as_json: bool) -> bool:
    """Whether to go on. A person is shown the rows and their count first, and without ``--yes`` asked at a terminal.

    ``what`` follows the count and begins with the plural of a noun, such as ``runs will be cancelled``. The view is
    made only where there are rows. With ``--json`` nothing is printed or asked: the command prints its one object,
    with ``done``.
    """
    if as_json:
        return yes
    if count:
        tell(view())
    tell(_announcement(count, what))
    if yes or not count:
        return yes
    if not _at_terminal():
        tell("Nothing was done. Give --yes to do it.")
        return False
    agreed = _agreed()
    if not agreed:
        tell("Nothing was done.")
    return agreed


def _announcement(count: int, what: str) -> str:
    """``12 runs will be cancelled.``, ``1 run will be cancelled.`` or ``No runs will be cancelled.``"""
    noun, _, rest = what.partition(" ")
    match count:
        case 0:
            return f"No {what}."
        case 1:
            return f"1 {noun.removesuffix('s')} {rest}."
        case _:
            return f"{count} {what}."


def _at_terminal() -> bool:
    """Whether somebody can be asked; a command may be started without any standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def _agreed() -> bool:
    """Ask on standard error, which is seen where the output goes to a file; all but a clear yes is a no."""
    Console(stderr=True).print("Go on? [y/N] ", end="", markup=False, highlight=False, soft_wrap=True)
    try:
        with _interruptible():
            line = sys.stdin.readline()
    except (KeyboardInterrupt, UnicodeDecodeError):
        line = ""
    if not line.endswith("\n"):
        # nobody ended the line of the question
        Console(stderr=True).print()
    return line.strip().lower() in ("y", "yes")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let control-C end the wait. An event loop would keep it for its next turn, which comes only after the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

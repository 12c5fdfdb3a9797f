"""The preview of a command that touches many runs."""

import asyncio
import io
import signal
import sys
from collections.abc import Callable

import pytest

from terminal.preview import confirmed

WHAT = "runs will be cancelled"


class Terminal:
    """A terminal at which a person does something when there is a line to read."""

    def __init__(self, types: Callable[[], str]) -> None:
        self.readline = types

    def isatty(self) -> bool:
        return True


def interrupt() -> str:
    """Control-C, and a line in case that it does not end the reading."""
    signal.raise_signal(signal.SIGINT)
    return "y\n"


def unseen() -> str:
    raise AssertionError("the view is not to be made")


def asked(count: int = 12, *, yes: bool = False, as_json: bool = False, view: Callable[[], str] | None = None) -> bool:
    return confirmed(view or (lambda: "the rows"), count, WHAT, yes=yes, as_json=as_json)


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (12, "12 runs will be cancelled."),
        (1, "1 run will be cancelled."),
    ],
)
def test_the_rows_are_shown_and_counted_before_anything_is_done(
    capsys: pytest.CaptureFixture[str], count: int, line: str
) -> None:
    assert asked(count, yes=True)
    assert capsys.readouterr() == (f"the rows\n{line}\n", "")


def test_where_nobody_can_be_asked_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert not asked()
    out, error = capsys.readouterr()
    assert out.splitlines()[-2:] == ["12 runs will be cancelled.", "Nothing was done. Give --yes to do it."]
    assert error == ""


def test_a_command_without_any_standard_input_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert not asked()


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [
        ("y\n", True),
        (" YES \n", True),
        ("n\n", False),
        ("\n", False),
        ("yesterday\n", False),  # only a clear yes
        ("", False),  # control-D
    ],
)
def test_a_person_at_a_terminal_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str, goes_on: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(lambda: line))
    assert asked() is goes_on
    out, error = capsys.readouterr()
    assert error.rstrip("\n") == "Go on? [y/N] "
    assert error.endswith("\n") is not line.endswith("\n"), "what comes next begins a line"
    assert out.endswith("cancelled.\n" if goes_on else "cancelled.\nNothing was done.\n")


def test_who_gives_yes_is_not_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(lambda: "n\n"))
    assert asked(yes=True)
    assert "Go on?" not in capsys.readouterr().err


def test_control_c_at_the_question_is_a_no_while_a_loop_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(interrupt))
    handlers: list[object] = []

    async def command() -> bool:
        handlers.append(signal.getsignal(signal.SIGINT))
        agreed = asked()
        handlers.append(signal.getsignal(signal.SIGINT))
        await asyncio.sleep(0)
        return agreed

    assert not asyncio.run(command())
    assert handlers[0] is not signal.default_int_handler, "the loop has a handler of its own"
    assert handlers[0] == handlers[1]
    assert capsys.readouterr().out.endswith("Nothing was done.\n")


def test_bytes_that_are_no_text_are_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(lambda: b"\xff".decode()))
    assert not asked()


@pytest.mark.parametrize("yes", [True, False])
def test_a_program_is_neither_asked_nor_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(lambda: "y\n"))
    assert asked(yes=yes, as_json=True, view=unseen) is yes
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("yes", [True, False])
def test_where_there_are_no_rows_nobody_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(lambda: "y\n"))
    assert asked(0, yes=yes, view=unseen) is yes
    assert capsys.readouterr() == ("No runs will be cancelled.\n", "")

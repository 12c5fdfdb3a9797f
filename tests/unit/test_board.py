"""The board: the newest thought of each specialist, and no more of it than there is room for."""

from threading import Thread

import pytest

from agents.chat.session import Phase, Thought
from runtime.desk import board as module
from runtime.desk.board import KEPT, LONGEST, SILENT, Board


def thought(case: str, text: str = "", phase: Phase = "thinking", specialist: str = "analyst") -> Thought:
    return Thought(case, specialist, phase, text, run=f"run-{case}")


def test_the_newest_thought_of_each_specialist_stands() -> None:
    board = Board()
    for text in ("", "The", "The lead"):
        board.heard(thought("a", text))
    board.heard(thought("a", "desk", specialist="router"))
    board.heard(thought("b", "Other"))
    assert [each.text for each in board.thoughts()] == ["The lead", "desk", "Other"]
    assert [each.text for each in board.thoughts("run-b")] == ["Other"]
    assert board.thoughts("run-c") == ()


def test_a_specialist_that_is_done_is_gone() -> None:
    board = Board()
    board.heard(thought("a", "The lead"))
    board.heard(thought("a", phase="done"))
    board.heard(thought("never", phase="done"))
    assert board.thoughts() == ()


def test_who_has_said_something_comes_first_and_keeps_its_place() -> None:
    board = Board()
    for case in "abc":
        board.heard(thought(case))
    for case in "cb":
        board.heard(thought(case, "so"))
    assert [each.case for each in board.thoughts()] == ["b", "c", "a"]


def test_a_thought_that_was_cut_off_does_not_stay() -> None:
    now = 0.0
    board = Board(clock=lambda: now)
    board.heard(thought("a", "The lead"))
    now = SILENT - 1
    board.heard(thought("b", "Another"))
    now = SILENT + 1
    assert [each.case for each in board.thoughts()] == ["b"]


def test_only_the_end_of_a_long_thought_is_kept() -> None:
    board = Board()
    board.heard(thought("a", "x" * LONGEST + "end"))
    assert len(board.thoughts()[0].text) == LONGEST
    assert board.thoughts()[0].text.endswith("xend")


def test_with_too_many_the_one_that_was_silent_longest_goes() -> None:
    ticks = iter(range(10**6))
    board = Board(clock=lambda: next(ticks) / 10**6)
    for number in range(KEPT):
        board.heard(thought(str(number)))
    board.heard(thought("0", "still here"))
    board.heard(thought("new"))
    cases = {each.case for each in board.thoughts()}
    assert len(cases) == KEPT
    assert {"0", "new"} <= cases
    assert "1" not in cases


def test_it_is_told_and_asked_in_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 8)
    board = Board()

    def tell(who: int) -> None:
        for number in range(500):
            board.heard(thought(str(number % 20), "so", specialist=str(who)))
            board.thoughts()

    threads = [Thread(target=tell, args=(who,)) for who in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(board.thoughts()) == 8

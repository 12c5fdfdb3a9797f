"""What is measured of a run."""

import math
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.handoff import Handoff
from agents.making import Failed, Making
from agents.supervisor import NextStep
from lab.simulation.clock import EPOCH
from lab.simulation.log import Log, Turn, turn_of
from lab.simulation.measure import Run, cascades, critical_path, disagreements, measured, overrides, redundancy
from lab.simulation.opinion import Opinion, opinion, title
from lab.simulation.plan import Plan
from lab.simulation.team import simulated_case, team, truth_of
from state.decision import Decision
from state.execution import Execution
from state.note import Note
from state.progress import Executed, Progress, Recorded, Rung, advance
from state.record import Maker, Record
from state.review import Answer
from state.trial import Cell
from tests.support.run import NOW

PLAN = Plan(agents=7, width=3, overlap=1.0)
WORKFLOW = team(PLAN)


def spoken(said: Decision | None, times: int = 1) -> Turn:
    return Turn(agent="a", executions=(), decisions=0, notes=0, said=said, times=times, repeats=0)


def call(start: float, end: float, **fields: object) -> Execution:
    began = EPOCH + timedelta(seconds=start)
    call = Execution(
        decision=title(0),
        specialist="agent01",
        ready_at=began,
        started_at=began,
        ended_at=EPOCH + timedelta(seconds=end),
        outcome="decided",
    )
    return call.model_copy(update=fields)


statements = st.builds(
    lambda place, value, views: opinion(place)(value=value, views=views),
    st.integers(0, 3),
    st.integers(0, 2),
    st.dictionaries(st.sampled_from([title(place) for place in range(3)]), st.integers(0, 2), max_size=2),
)


def tokens(said: Opinion) -> set[tuple[str, int]]:
    return {(type(said).__name__, said.value), *said.views.items()}


@settings(deadline=None)
@given(st.lists(statements, min_size=2, max_size=12))
def test_redundancy_is_the_mean_cosine_of_all_pairs(said: list[Opinion]) -> None:
    pairs = [
        len(tokens(one) & tokens(other)) / math.sqrt(len(tokens(one)) * len(tokens(other)))
        for one, other in combinations(said, 2)
    ]
    assert redundancy(map(spoken, said)) == pytest.approx(sum(pairs) / len(pairs), abs=1e-9)


@settings(deadline=None)
@given(st.lists(statements, max_size=12), st.randoms())
def test_redundancy_has_no_order(said: list[Opinion], random: object) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as an object
    assert redundancy(map(spoken, said)) == redundancy(map(spoken, shuffled))


def test_redundancy_of_one_statement_is_none_and_of_the_same_twice_is_whole() -> None:
    said = opinion(0)(value=1)
    assert redundancy([spoken(said)]) == 0.0
    assert redundancy([spoken(said, times=2)]) == 1.0
    assert redundancy([spoken(said), spoken(None), spoken(NextStep(next="a")), spoken(NextStep(next="a"))]) == 0.0


def test_a_view_of_a_decision_says_what_its_owner_says() -> None:
    said = [opinion(0)(value=1), opinion(3)(value=4, views={title(0): 1})]
    assert redundancy(map(spoken, said)) == pytest.approx(1 / math.sqrt(2))


spans = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=9)


def longest(calls: Sequence[Execution]) -> int:
    """The size of the largest set of calls without an overlap, by trying all of them."""

    def apart(chosen: Sequence[Execution]) -> bool:
        return all(
            one.ended_at <= other.started_at or other.ended_at <= one.started_at
            for one, other in combinations(chosen, 2)
        )

    sizes = range(len(calls), 0, -1)
    return next((size for size in sizes if any(map(apart, combinations(calls, size)))), 0)


@settings(deadline=None)
@given(spans)
def test_the_critical_path_is_the_largest_set_of_turns_without_an_overlap(drawn: list[tuple[int, int]]) -> None:
    calls = [call(start, start + length) for start, length in drawn]
    assert critical_path(calls) == longest(calls)


def replaced(place: int, by: int, second: float, value: int = 1) -> Recorded:
    """What the agent at one place puts in the place of the decision at another."""
    return Recorded(
        record=Record(
            decision=title(place),
            version=0,
            outcome="decided",
            maker=Maker(kind="agent", name=f"agent{by + 1:02d}"),
            value=opinion(place)(value=value).model_dump(mode="json"),
            built_from={},
            made_at=EPOCH + timedelta(seconds=second),
        )
    )


def counted(*records: Recorded) -> tuple[int, int]:
    """Overrides and cascades after these records."""
    found = overrides(WORKFLOW, advance(Progress(), records))
    return len(found), cascades(WORKFLOW, found)


def test_an_override_is_a_decision_that_another_agent_replaced() -> None:
    assert counted(replaced(0, 0, 1)) == (0, 0)
    assert counted(replaced(0, 0, 1), replaced(0, 3, 2)) == (1, 0)


def test_a_human_overrides_nobody() -> None:
    edit = replaced(0, 3, 2).record.model_copy(update={"maker": Maker(kind="human", name="ann")})
    assert counted(replaced(0, 0, 1), Recorded(record=edit)) == (0, 0)


def test_an_override_of_the_same_decision_by_another_agent_is_a_cascade() -> None:
    assert counted(replaced(0, 3, 1), replaced(0, 4, 2, value=2)) == (2, 1)
    assert counted(replaced(0, 3, 1), replaced(0, 0, 2, value=2), replaced(0, 3, 3)) == (2, 0)


def test_an_override_of_what_is_built_on_an_overridden_decision_is_a_cascade() -> None:
    below = PLAN.uses[6][0]
    assert counted(replaced(below, 5, 1), replaced(6, 5, 2)) == (2, 1)
    assert counted(replaced(6, 5, 1), replaced(below, 5, 2)) == (2, 0)


def test_what_was_overridden_in_the_same_round_caused_nothing() -> None:
    assert counted(replaced(0, 3, 1), replaced(0, 4, 1, value=2)) == (2, 0)


def rung(conflict: str, versions: dict[str, int], place: int) -> Rung:
    return Rung(conflict=conflict, versions=versions, rung=place, action="reconsider", by="hub", at=NOW)


def test_a_disagreement_is_one_however_many_rungs_it_takes() -> None:
    first = rung("one", {"A": 1, "B": 1}, 0)
    same = rung("one", {"B": 1, "A": 1}, 1)
    later = rung("one", {"A": 2, "B": 1}, 2)
    assert disagreements(advance(Progress(), [first, same])) == 1
    assert disagreements(advance(Progress(), [first, same, later])) == 2


def test_a_disagreement_that_only_a_human_took_up_is_one_too() -> None:
    stem = "conflict:a:b:A@1,B@1"
    answered = {"answer": Answer(question=stem, action="approve", by="ann"), "stem": stem, "restores": (), "at": NOW}
    told = Progress.model_validate({"answers": [answered]})
    assert disagreements(told) == 1
    assert disagreements(advance(told, [rung("a:b", {"A": 1, "B": 1}, 0)])) == 1


def test_a_turn_that_says_what_stands_is_a_repeat() -> None:
    case, said = simulated_case(PLAN, 0), opinion(0)(value=1)
    fresh, again = Handoff(case=case), Handoff(case=case, previous=opinion(0)(value=1, confidence=0.4))
    once = Making(said, (call(0, 1),))
    twice = Making(said, (call(0, 1), call(1, 2)))
    assert turn_of("agent01", fresh, once).repeats == 0
    assert turn_of("agent01", fresh, twice).repeats == 1
    assert turn_of("agent01", again, twice).repeats == 2
    assert turn_of("agent01", again, Making(opinion(0)(value=2), once.executions)).repeats == 0
    assert turn_of("agent01", again, Making(Failed("no"), (call(0, 1, outcome="breach"),))).times == 0


def test_a_note_to_oneself_is_no_message() -> None:
    notes = tuple(Note(kind="request", author=who, text="look", at=NOW) for who in ("agent01", "ann"))
    given = Handoff(case=simulated_case(PLAN, 0), notes=notes, decisions={opinion(1): opinion(1)(value=1)})
    turn = turn_of("agent01", given, Making(opinion(0)(value=1), (call(0, 1),)))
    assert (turn.decisions, turn.notes) == (1, 1)


def test_a_run_is_summed_up() -> None:
    truth = truth_of(PLAN, 0)
    values = {place: truth[title(place)]["value"] for place in range(7)} | {6: (truth[title(6)]["value"] + 1) % 10}
    calls = [
        call(0, 3, model="m", tokens_in=100, tokens_out=10, cost=0.1),
        call(2, 5, model="m", tokens_in=100, tokens_out=10, cost=0.2, outcome="timeout"),
        call(5, 6),
    ]
    made = [replaced(place, place, 1, value) for place, value in values.items()]
    progress = advance(Progress(), [*made, *(Executed(execution=each) for each in calls)])
    log = Log(
        [Turn("agent01", executions=(call(0, 3), call(2, 5)), decisions=3, notes=1, said=None, times=0, repeats=0)]
    )
    run = Run(WORKFLOW, progress, log, "completed")
    trial = measured(Cell(shape="mesh", agents=7), 4, run, truth, minutes=5.0)
    assert (trial.case, trial.ended, trial.right) == (4, "completed", False)
    assert trial.share_right == pytest.approx(6 / 7)
    assert (trial.turns, trial.model_calls, trial.failures) == (3, 2, 1)
    assert (trial.tokens_in, trial.tokens_out, trial.cost) == (200, 20, 0.3)
    assert (trial.messages, trial.questions, trial.human_minutes) == (8, 0, 0.0)
    assert (trial.critical_path, trial.wall) == (2, 6.0)


def test_a_run_that_was_cut_off_has_the_calls_of_its_last_step_too() -> None:
    kept, lost = call(0, 1), call(1, 2, outcome="timeout")
    progress = advance(Progress(), [Executed(execution=kept)])
    turns = [
        Turn("a", executions=(each,), decisions=0, notes=0, said=None, times=0, repeats=0) for each in (kept, lost)
    ]
    assert Run(WORKFLOW, progress, Log(turns), "deadlock").executions == (kept, lost)
    assert Run(WORKFLOW, progress, Log(turns), "completed").executions == (kept,)


def test_a_single_agent_is_told_by_others_only_what_they_wrote_to_it() -> None:
    log = Log([Turn("agent01", executions=(call(0, 3),), decisions=3, notes=1, said=None, times=0, repeats=0)])
    run = Run(WORKFLOW, Progress(), log, "incomplete")
    assert measured(Cell(shape="single", agents=7), 0, run, {}, minutes=5.0).messages == 1

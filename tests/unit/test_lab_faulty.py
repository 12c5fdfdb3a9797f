"""What each kind of fault does to a turn, of a simulated specialist and of any other."""

from dataclasses import replace
from typing import Any

import pytest

from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making
from agents.panel import Panel
from agents.specialist import specialist
from lab.simulation.clock import EPOCH
from lab.simulation.faults import FAULTS, Fault, FaultRates, FaultShares
from lab.simulation.faulty import TRIES, Faulty
from lab.simulation.opinion import Opinion, SimulatedCase, opinion, title
from lab.simulation.plan import Plan
from lab.simulation.simulated import SURE, Effort, SimulatedSpecialist
from lab.simulation.stand_in import Borrowed, Shifted
from lab.simulation.team import simulated_case
from state.case import Case
from state.decision import Decision
from state.note import Note
from tests.support.run import NOW

PLAN = Plan(agents=6, width=3, overlap=1.0)
SPECIALIST = SimulatedSpecialist(PLAN, 4, Effort())
NOTE = Note(kind="objection", author="Part02-Part05", text="look again", at=NOW)


def handoff(case: int = 0, *, notes: int = 0, extra: bool = False) -> Handoff[SimulatedCase]:
    """What the fifth of a team is handed where all the others are right."""
    given = simulated_case(PLAN, case)
    right = PLAN.truth(given.facts)
    places = range(4) if extra else PLAN.needs[4]
    return Handoff(
        case=given,
        decisions={opinion(place): opinion(place)(value=right[place]) for place in places},
        notes=(NOTE,) * notes,
    )


def always(kind: Fault) -> Faulty:
    return Faulty(SPECIALIST, FaultRates(1.0, FaultShares.only(kind)), Shifted())


def said(making: Making) -> Opinion:
    assert isinstance(making.result, Opinion)
    return making.result


async def taken(kind: Fault, given: Handoff[SimulatedCase] | None = None) -> Making:
    return await always(kind).turn(given or handoff(), EPOCH)


def right_value(case: int = 0) -> int:
    return PLAN.truth(PLAN.facts(case))[4]


async def test_without_faults_it_is_the_specialist_itself() -> None:
    none = Faulty(SPECIALIST, FaultRates(0.0), Shifted())
    assert await none.turn(handoff(), EPOCH) == await SPECIALIST.turn(handoff(), EPOCH)
    assert said(await none.turn(handoff(), EPOCH)).value == right_value()


async def test_it_looks_like_the_one_it_wraps() -> None:
    wrapped = always("silence")
    seen = (wrapped.name, wrapped.decides, wrapped.needs, wrapped.version, wrapped.attempts)
    assert seen == (SPECIALIST.name, SPECIALIST.decides, SPECIALIST.needs, SPECIALIST.version, SPECIALIST.attempts)


async def test_a_wrong_output_is_wrong_in_all_it_says_and_unsure() -> None:
    for case in range(30):
        wrong, right = said(await taken("wrong_output", handoff(case))), SPECIALIST.decide(handoff(case))
        assert wrong.value != right.value
        assert right.views
        assert all(wrong.views[name] != view for name, view in right.views.items())
        assert 0.2 <= wrong.confidence <= 0.7


async def test_false_confidence_is_wrong_and_as_sure_as_if_it_were_right() -> None:
    for case in range(30):
        wrong = said(await taken("false_confidence", handoff(case)))
        assert wrong.value != right_value(case)
        assert SURE[0] <= wrong.confidence <= SURE[1]


@pytest.mark.parametrize(("kind", "outcome"), [("off_contract", "breach"), ("silence", "timeout")])
async def test_what_does_not_come_through_is_tried_again_and_then_failed(kind: Fault, outcome: str) -> None:
    making = await taken(kind)
    assert isinstance(making.result, Failed)
    assert [each.outcome for each in making.executions] == [outcome] * TRIES
    assert [each.attempt for each in making.executions] == [1, 2, 3]
    starts = [each.started_at for each in making.executions]
    assert starts[1:] == [each.ended_at for each in making.executions[:-1]]
    assert all(each.tokens_in and each.cost for each in making.executions)


async def test_a_silent_turn_takes_until_it_is_given_up() -> None:
    silent = replace(always("silence"), timeout=30.0)
    making = await silent.turn(handoff(), EPOCH)
    assert [(each.ended_at - each.started_at).total_seconds() for each in making.executions] == [30.0] * TRIES


async def test_a_later_try_may_go_well() -> None:
    often = Faulty(SPECIALIST, FaultRates(0.5, FaultShares.only("off_contract")), Shifted())
    ends = [await often.turn(handoff(case), EPOCH) for case in range(60)]
    recovered = [each for each in ends if len(each.executions) > 1 and isinstance(each.result, Opinion)]
    assert recovered
    assert all(each.executions[-1].outcome == "decided" for each in recovered)


async def test_a_repeated_step_is_paid_twice_and_says_the_same() -> None:
    making, right = await taken("repeated_step"), await SPECIALIST.turn(handoff(), EPOCH)
    assert making.result == right.result
    first, again = making.executions
    assert (first.attempt, again.attempt) == (1, 2)
    assert again.started_at == first.ended_at


async def test_an_ignored_input_changes_what_is_built_on_it() -> None:
    ignored = 0
    for case in range(40):
        given = handoff(case)
        found = said(await taken("ignored_input", given))
        without = [SPECIALIST.decide(Shifted().without(given, need)).value for need in SPECIALIST.needs]
        assert found.value in without
        ignored += found.value != right_value(case)
    assert ignored


async def test_who_ignores_a_note_says_what_it_said_before() -> None:
    only_notes = Faulty(
        SimulatedSpecialist(PLAN, 0, Effort()), FaultRates(1.0, FaultShares.only("ignored_input")), Shifted()
    )
    bare = Handoff(case=simulated_case(PLAN, 0))
    assert await only_notes.turn(replace(bare, notes=(NOTE,)), EPOCH) == await only_notes.turn(bare, EPOCH)


async def test_an_early_stop_looks_at_nothing_that_it_is_handed() -> None:
    for case in range(20):
        found = said(await taken("early_stop", handoff(case)))
        assert found.value == PLAN.facts(case)[4]
        assert not found.views


@pytest.mark.parametrize("kind", ["ignored_input", "early_stop"])
async def test_where_nothing_is_handed_over_nothing_is_ignored(kind: Fault) -> None:
    first = SimulatedSpecialist(PLAN, 0, Effort())
    bare = Handoff(case=simulated_case(PLAN, 0))
    faulty = Faulty(first, FaultRates(1.0, FaultShares.only(kind)), Shifted())
    assert (await faulty.turn(bare, EPOCH)).result == first.decide(bare)


async def test_what_else_is_handed_over_does_not_change_the_draw() -> None:
    faulty = Faulty(SPECIALIST, FaultRates(0.5), Shifted())
    for case in range(60):
        narrow, wide = await faulty.turn(handoff(case), EPOCH), await faulty.turn(handoff(case, extra=True), EPOCH)
        assert narrow.result == wide.result or isinstance(narrow.result, Failed)
        assert [each.outcome for each in narrow.executions] == [each.outcome for each in wide.executions]


async def test_a_note_and_a_changed_input_are_new_draws() -> None:
    faulty = Faulty(SPECIALIST, FaultRates(0.5, FaultShares.only("wrong_output")), Shifted())
    plain = [said(await faulty.turn(handoff(case), EPOCH)).value for case in range(60)]
    noted = [said(await faulty.turn(handoff(case, notes=1), EPOCH)).value for case in range(60)]
    again = [said(await faulty.turn(handoff(case), EPOCH)).value for case in range(60)]
    assert plain == again
    assert plain != noted


async def test_who_is_asked_again_and_stays_right_says_it_with_the_same_confidence() -> None:
    assert SPECIALIST.decide(handoff(notes=1)) == SPECIALIST.decide(handoff())


class Colour(Decision):
    colour: str


class Wall(Decision):
    colour: str


@specialist(decides=Wall, needs=(Colour,))
async def painter(given: Handoff[Case]) -> Wall | Ask | Escalate:
    match given[Colour].colour:
        case "ask":
            return Ask(Colour, "another")
        case "escalate":
            return Escalate("no paint")
        case colour:
            return Wall(colour=colour)


def real(kind: Fault) -> Faulty:
    donated: dict[type[Decision], list[Decision]] = {
        Wall: [Wall(colour="red"), Wall(colour="blue")],
        Colour: [Colour(colour="green")],
    }
    return Faulty(painter, FaultRates(1.0, FaultShares.only(kind)), Borrowed(lambda contract: donated[contract]))


async def painted(kind: Fault, colour: str) -> Any:
    given = Handoff(case=Case(id="1"), decisions={Colour: Colour(colour=colour)}, may_ask=frozenset({Colour}))
    return (await real(kind).turn(given, NOW)).result


async def test_a_real_specialist_goes_wrong_as_in_another_case() -> None:
    assert (await painted("wrong_output", "red")).colour == "blue"
    assert (await painted("false_confidence", "blue")).colour == "red"
    assert (await painted("ignored_input", "red")).colour == "green"
    assert (await painted("early_stop", "red")).colour == "green"


async def test_a_real_specialist_breaks_its_contract_and_repeats_itself() -> None:
    assert isinstance(await painted("off_contract", "red"), Failed)
    assert isinstance(await painted("silence", "red"), Failed)
    assert (await painted("repeated_step", "red")).colour == "red"


async def test_what_is_no_decision_cannot_be_a_wrong_one() -> None:
    assert isinstance(await painted("wrong_output", "ask"), Ask)
    assert isinstance(await painted("wrong_output", "escalate"), Escalate)


async def test_where_all_cases_are_alike_there_is_nothing_else_to_say() -> None:
    lonely = Borrowed(lambda contract: ())
    assert lonely.wrong(Wall(colour="red"), 1) == Wall(colour="red")


def test_opinions_are_shifted_by_draws_of_their_own() -> None:
    right = opinion(4)(value=3, views={title(0): 3, title(1): 3})
    wrongs = [Shifted().wrong(right, place) for place in range(40)]
    assert all(isinstance(wrong, Opinion) and wrong.value != 3 for wrong in wrongs)
    assert len({repr(wrong) for wrong in wrongs}) > 20


async def test_a_panel_is_silent_as_a_whole() -> None:
    other = specialist(decides=Wall, needs=(Colour,), name="other")(painter.function)
    panel = Panel(name="painters", members=(painter, other))
    faulty = Faulty(panel, FaultRates(1.0, FaultShares.only("silence")), Borrowed(lambda contract: ()))
    given = Handoff(case=Case(id="1"), decisions={Colour: Colour(colour="red")})
    making = await faulty.turn(given, NOW)
    assert isinstance(making.result, Failed)
    assert [each.attempt for each in making.executions] == [1, 1, 2, 2, 3, 3]


class Mute:
    """A specialist whose turns leave no trace."""

    name, version, attempts = "mute", "1", 4
    decides, needs = Wall, ()

    async def turn(self, given: Handoff[Any], ready_at: Any) -> Making:
        return Making(Wall(colour="red"), ())


async def test_a_turn_without_a_call_can_have_every_fault() -> None:
    for kind in FAULTS:
        faulty = Faulty(Mute(), FaultRates(1.0, FaultShares.only(kind)), Borrowed(lambda contract: ()))
        assert not (await faulty.turn(Handoff(case=Case(id="1")), NOW)).executions

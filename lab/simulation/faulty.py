"""The faulty specialist: any specialist, with faults at a given rate.

The draw of a try is a digest of the seed, the case, the specialist, what it needs and was handed, the number of notes
to it, and which try it is. So the same agent with the same inputs and notes says the same in every shape and round,
whatever else it was handed; a changed input, or a new note, is a new draw. At rate 0 it is the specialist itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from agents.handoff import Handoff
from agents.making import Failed, Making
from lab.simulation.chance import among, between
from lab.simulation.faults import FaultRates
from lab.simulation.simulated import SURE
from lab.simulation.stand_in import StandIn
from lab.simulation.substance import digest
from lab.simulation.wrapped import Wrapped
from state.decision import Decision
from state.execution import Execution

UNSURE = (0.2, 0.7)
"""The confidence of who is wrong and honest, from and to."""

TRIES = 3
"""How often a turn is tried that breaks its contract or stays silent."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A try that came to nothing, and is made again."""

    reason: str
    executions: tuple[Execution, ...]


@dataclass(frozen=True, slots=True)
class Faulty(Wrapped):
    """Wraps a specialist, simulated or real."""

    rates: FaultRates
    stand_in: StandIn
    seed: int = 0
    timeout: float = 60.0
    """Seconds until a silent turn is given up."""

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Take the turn, with the faults that fall on its tries."""
        if not self.rates.rate:
            return await self.specialist.turn(handoff, ready_at)
        subject = self._subject(handoff)
        done: list[Execution] = []
        reason = ""
        for tried in range(1, TRIES + 1):
            outcome = await self._tried(handoff, _end(done, ready_at), (*subject, tried))
            done += _after(done, outcome.executions)
            if isinstance(outcome, Making):
                return replace(outcome, executions=tuple(done))
            reason = outcome.reason
        return Making(Failed(f"{reason}, {TRIES} tries"), tuple(done))

    def _subject(self, handoff: Handoff[Any]) -> tuple[object, ...]:
        """What the draw of a turn is about."""
        inputs = (digest(handoff.decisions[need]) for need in self.needs if need in handoff.decisions)
        return (self.seed, handoff.case.id, self.name, *inputs, len(handoff.notes))

    async def _tried(self, handoff: Handoff[Any], at: datetime, subject: tuple[object, ...]) -> Making | Lost:
        fault = self.rates.of(*subject)
        match fault:
            case None:
                return await self.specialist.turn(handoff, at)
            case "wrong_output" | "false_confidence":
                confidence = between(*(UNSURE if fault == "wrong_output" else SURE), "confidence", *subject)
                return self._wrong(await self.specialist.turn(handoff, at), round(confidence, 4), subject)
            case "off_contract":
                return _lost(await self.specialist.turn(handoff, at), "breach", "it returned what it does not decide")
            case "silence":
                late = _until(await self.specialist.turn(handoff, at), at + timedelta(seconds=self.timeout))
                return _lost(late, "timeout", f"not ready after {self.timeout:g} s")
            case "repeated_step":
                first = await self.specialist.turn(handoff, at)
                again = await self.specialist.turn(handoff, _end(first.executions, at))
                return replace(again, executions=(*first.executions, *_after(first.executions, again.executions)))
            case "ignored_input":
                return await self._ignoring(handoff, at, subject)
            case "early_stop":
                return await self.specialist.turn(self._blind(handoff, subject), at)
            case _ as impossible:
                assert_never(impossible)

    def _wrong(self, making: Making, confidence: float, subject: tuple[object, ...]) -> Making:
        if not isinstance(making.result, Decision):
            return making
        wrong = self.stand_in.wrong(making.result, *subject)
        return replace(making, result=wrong.model_copy(update={"confidence": confidence}))

    async def _ignoring(self, handoff: Handoff[Any], at: datetime, subject: tuple[object, ...]) -> Making | Lost:
        """One need is not looked at, or the notes are not: then it says what it said without them."""
        needs = self._handed(handoff)
        choices = len(needs) + bool(handoff.notes)
        if not choices:
            return await self.specialist.turn(handoff, at)
        chosen = among(choices, "ignored", *subject)
        if chosen < len(needs):
            return await self.specialist.turn(self.stand_in.without(handoff, needs[chosen], *subject), at)
        unnoticed = replace(handoff, notes=())
        return await self._tried(unnoticed, at, (*self._subject(unnoticed), 1))

    def _blind(self, handoff: Handoff[Any], subject: tuple[object, ...]) -> Handoff[Any]:
        blind = replace(handoff, notes=())
        for need in self._handed(handoff):
            blind = self.stand_in.without(blind, need, *subject)
        return blind

    def _handed(self, handoff: Handoff[Any]) -> list[type[Decision]]:
        return [need for need in self.needs if need in handoff.decisions]


def _lost(making: Making, outcome: Literal["breach", "timeout"], reason: str) -> Lost:
    """What was said is paid for, and does not come through."""
    return Lost(reason, _with_last(making, outcome=outcome, error=reason))


def _after(before: Sequence[Execution], executions: Sequence[Execution]) -> list[Execution]:
    """Executions that come after others of the same turn, counted on."""
    tried = max((each.attempt for each in before), default=0)
    return [each.model_copy(update={"attempt": tried + each.attempt}) if tried else each for each in executions]


def _until(making: Making, end: datetime) -> Making:
    last = max((each.started_at for each in making.executions), default=end)
    return replace(making, executions=_with_last(making, ended_at=max(end, last)))


def _with_last(making: Making, **changed: Any) -> tuple[Execution, ...]:
    """The executions of a turn with the last one changed; none where it made none."""
    return (*making.executions[:-1], *(each.model_copy(update=changed) for each in making.executions[-1:]))


def _end(executions: Sequence[Execution], otherwise: datetime) -> datetime:
    return max((each.ended_at for each in executions), default=otherwise)

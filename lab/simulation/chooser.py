"""The simulated supervisor: it sends for the first step that can be taken, until a fault makes it do something else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from agents.handoff import Handoff
from agents.making import Failed, Making
from agents.supervisor import NextStep
from lab.simulation.chance import among
from lab.simulation.faults import Fault, FaultRates
from lab.simulation.faulty import TRIES
from lab.simulation.simulated import Effort
from state.decision import Decision
from state.execution import Execution

NAME = "supervisor"


@dataclass(frozen=True, slots=True)
class SimulatedChooser:
    """Decides the next step.

    What a fault is here: ``wrong_output`` and ``false_confidence`` send for what cannot be made yet; ``repeated_step``
    and ``ignored_input`` for what was decided already; ``early_stop`` says that all is done. Where there is no such
    step, the right one is taken. ``off_contract`` and ``silence`` are tried again, as for everybody.
    """

    all: tuple[str, ...]
    """The names of all decisions."""
    rates: FaultRates = field(default_factory=FaultRates)
    effort: Effort = field(default_factory=Effort)
    timeout: float = 60.0
    """Seconds until a silent turn is given up."""
    name: str = NAME
    version: str = "1"
    attempts: int = 4

    @property
    def decides(self) -> type[Decision]:
        """The next step."""
        return NextStep

    @property
    def needs(self) -> tuple[type[Decision], ...]:
        """None in particular: it is handed all that there is."""
        return ()

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Choose, with the faults that fall on its tries. Each of its steps is a draw of its own."""
        subject = (self.effort.seed, handoff.case.id, self.name, len(handoff.notes))
        done: list[Execution] = []
        fault: Fault | None = None
        for tried in range(1, TRIES + 1):
            at = done[-1].ended_at if done else ready_at
            call = self.effort.execution(self.name, NextStep.__name__, handoff, at, self.effort.lengths.choice)
            fault = self.rates.of(*subject, tried)
            match fault:
                case "off_contract":
                    done.append(_lost(call, "breach", tried, call.ended_at))
                case "silence":
                    done.append(_lost(call, "timeout", tried, at + timedelta(seconds=self.timeout)))
                case _:
                    done.append(call.model_copy(update={"attempt": tried}))
                    return Making(self._step(fault, handoff, *subject, tried), tuple(done))
        return Making(Failed(f"{done[-1].error}, {TRIES} tries"), tuple(done))

    def _step(self, fault: Fault | None, handoff: Handoff[Any], *subject: object) -> NextStep:
        ready = sorted(each.__name__ for each in handoff.may_ask)
        right = NextStep(next=ready[0] if ready else None)
        made = sorted(each.__name__ for each in handoff.decisions)
        match fault:
            case "early_stop":
                return NextStep()
            case "wrong_output" | "false_confidence":
                return _one_of(sorted(set(self.all).difference(made, ready)), *subject) or right
            case "repeated_step" | "ignored_input":
                return _one_of([each for each in made if each not in ready], *subject) or right
            case None | "off_contract" | "silence":
                return right
            case _ as impossible:
                assert_never(impossible)


def _one_of(names: Sequence[str], *subject: object) -> NextStep | None:
    return NextStep(next=names[among(len(names), "step", *subject)]) if names else None


def _lost(call: Execution, outcome: Literal["breach", "timeout"], tried: int, ended: datetime) -> Execution:
    reason = "it chose no step" if outcome == "breach" else "it did not answer in time"
    return call.model_copy(update={"outcome": outcome, "error": reason, "attempt": tried, "ended_at": ended})

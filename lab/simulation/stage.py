"""The stage: a workflow in its shape, with faults, a person and a clock, ready to be given cases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from agents.specialist import Specialist
from graphs.conduct import Conduct
from graphs.shape import Hub, Mesh, Override, Pipeline, Shape, Single, Supervisor
from graphs.shaped import graph_of, shaped
from graphs.workflow import Workflow
from lab.simulation.chooser import SimulatedChooser
from lab.simulation.clock import SimulatedClock
from lab.simulation.faults import FaultRates
from lab.simulation.faulty import Faulty
from lab.simulation.person import SimulatedPerson
from lab.simulation.setting import Setting
from lab.simulation.simulated import Effort
from lab.simulation.stand_in import StandIn
from lab.simulation.watched import Watched
from state.trial import ShapeName


@dataclass(frozen=True, slots=True)
class Stage:
    """What cases are given to."""

    workflow: Workflow
    """In its shape."""
    graph: Any
    """Its compiled LangGraph graph. It keeps nothing between two runs."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, and what stands in for them where they err."""

    workflow: Workflow
    """Without any fault, in whatever shape."""
    stand_in: StandIn
    overrides: Mapping[str, Override]
    """See :class:`graphs.shape.Mesh`."""


def staged(setting: Setting, cast: Cast, shape: ShapeName, fault_rate: float) -> Stage:
    """The stage of a cast in a shape, at a rate of faults."""
    rates = FaultRates(fault_rate, setting.shares)
    specialists: tuple[Specialist, ...] = tuple(
        Watched(Faulty(each, rates, cast.stand_in, setting.seed, setting.timeout)) for each in cast.workflow.specialists
    )
    workflow = shaped(
        replace(cast.workflow, specialists=specialists),
        _shape(setting, shape, rates, cast),
    )
    person = SimulatedPerson(cast.stand_in, setting.accuracy, setting.seed)
    return Stage(workflow, graph_of(workflow, Conduct(person=person, clock=SimulatedClock())).compile())


def effort_of(setting: Setting) -> Effort:
    """What a simulated turn takes in a setting."""
    return Effort(setting.latency, setting.lengths, setting.prices, setting.seed)


def _shape(setting: Setting, name: ShapeName, rates: FaultRates, cast: Cast) -> Shape:
    match name:
        case "hub":
            return Hub()
        case "pipeline":
            return Pipeline()
        case "single":
            return Single()
        case "supervisor":
            every = cast.workflow.order
            return Supervisor(Watched(SimulatedChooser(every, rates, effort_of(setting), setting.timeout)))
        case "mesh":
            return Mesh(quorum=setting.quorum, rounds=setting.rounds, overrides=cast.overrides)
        case _ as impossible:
            assert_never(impossible)

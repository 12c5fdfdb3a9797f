"""Staffing: which seats of a workflow chat models take, and in what shape, without a line of the workflow changing."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from agents.brief import Brief
from agents.chat.chat import Chat
from agents.chat.specialist import ModelSpecialist
from agents.consensus import Unanimous, default_quorum
from agents.fallback import Fallback
from agents.panel import Panel
from agents.specialist import FunctionSpecialist, Specialist
from agents.supervisor import RULE
from graphs.conflict import Vote
from graphs.shape import Hub, Supervisor
from graphs.shaped import shape_named, shaped
from graphs.workflow import Workflow
from state.errors import UsageError
from state.staffing import BESIDE, RULES, Staffing

ChatFor = Callable[[str], Chat]
"""The chat with a model, by the model's name."""


def staffed(workflow: Workflow, staffing: Staffing, chat_for: ChatFor) -> Workflow:
    """The workflow with its seats taken, and shaped, as the staffing has it.

    Raises ``UsageError`` for a seat that no model can take.
    """
    taken = tuple(_bound(_taken(owner, staffing, chat_for), chat_for) for owner in workflow.specialists)
    seated = workflow if taken == workflow.specialists else replace(workflow, specialists=taken)
    match shape_named(staffing.shape):
        case Hub():
            return seated
        case Supervisor():
            return shaped(seated, Supervisor(_taken(RULE, staffing, chat_for)))
        case shape:
            return shaped(seated, shape)


def seats_of(workflow: Workflow) -> tuple[Specialist, ...]:
    """Everybody who has a seat: the specialists, and the supervisor where there is one."""
    chief = workflow.shape.chooser if isinstance(workflow.shape, Supervisor) else None
    return workflow.specialists if chief is None else (*workflow.specialists, chief)


def unknown_seats(workflow: Workflow, staffing: Staffing) -> list[str]:
    """The seats that the staffing names and the workflow does not have."""
    names = {owner.name for owner in seats_of(workflow)}
    return [seat for seat, _ in staffing.seats if seat not in names]


def chats_of(workflow: Workflow) -> Iterator[tuple[Chat, bool]]:
    """Every chat that the workflow calls, and whether somebody takes over where it fails."""
    rungs = [rung for conflict in workflow.conflicts for rung in conflict.ladder]
    voters = [voter for rung in rungs if isinstance(rung, Vote) for voter in rung.voters]
    for owner in (*seats_of(workflow), *voters):
        yield from _chats(owner, False)


def _chats(owner: Specialist, has_fallback: bool) -> Iterator[tuple[Chat, bool]]:
    match owner:
        case ModelSpecialist():
            yield owner.chat, has_fallback
        case Panel(members=members, quorum=quorum):
            rules = sum(not any(_chats(member, False)) for member in members)
            is_covered = has_fallback or rules >= (quorum or default_quorum(len(members)))
            for member in members:
                yield from _chats(member, is_covered)
        case Fallback(first=first, then=then):
            yield from _chats(first, True)
            yield from _chats(then, has_fallback)
        case _:
            return


def _taken(owner: Specialist, staffing: Staffing, chat_for: ChatFor) -> Specialist:
    given, is_named = staffing.given(owner.name), owner.name in dict(staffing.seats)
    if given == RULES or not (is_named or (isinstance(owner, FunctionSpecialist) and owner.seat == "open")):
        return owner
    if isinstance(owner, FunctionSpecialist) and owner.seat == "kept":
        raise UsageError(
            f"The seat {owner.name!r} is kept by its own rules: what it decides is computed, and no chat model can. "
            "Leave the seat out."
        )
    if not isinstance(owner, FunctionSpecialist):
        raise UsageError(
            f"The seat {owner.name!r} is no plain function, and keeps who it has: change it in the workflow, or leave "
            "the seat out."
        )
    if given.startswith(BESIDE):
        name = given.removeprefix(BESIDE).strip()
        if not name:
            raise UsageError(f"The seat {owner.name!r} is given {given!r}, which names no model after the '+'.")
        return _second_opinion(owner, chat_for(name), 1 if staffing.when_models_fail == "rules" else 2)
    model = _modelled(owner, chat_for(given), owner.name)
    return Fallback(model, owner) if staffing.when_models_fail == "rules" else model


def _bound(owner: Specialist, chat_for: ChatFor) -> Specialist:
    """The specialist, with every model that it only names bound to a chat."""
    match owner:
        case ModelSpecialist(model=str() as name):
            return replace(owner, model=chat_for(name))
        case Panel(members=members):
            return replace(owner, members=tuple(_bound(member, chat_for) for member in members))
        case Fallback(first=first, then=then):
            return Fallback(_bound(first, chat_for), _bound(then, chat_for))
        case _:
            return owner


def _modelled(owner: FunctionSpecialist, chat: Chat, name: str) -> ModelSpecialist:
    return ModelSpecialist(
        name=name,
        decides=owner.decides,
        needs=owner.needs,
        instructions=owner.brief or Brief("Decide it as its description says, from the material alone."),
        model=chat,
        attempts=owner.attempts,
        declared=owner.version,
    )


def _second_opinion(owner: FunctionSpecialist, chat: Chat, quorum: int) -> Panel:
    """A panel of the rules and a model. Where they do not agree, a human decides; with a quorum of 1, one will do."""
    rules, model = replace(owner, name=f"{owner.name}-rules"), _modelled(owner, chat, f"{owner.name}-model")
    return Panel(
        name=owner.name,
        members=(rules, model),
        rule=Unanimous(),
        quorum=quorum,
        position=model.brief.position,
        attempts=owner.attempts,
        disagreement=f"second opinion on {owner.decides.__name__}",
    )

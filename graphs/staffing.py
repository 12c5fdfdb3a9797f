"""Staffing: which seats of a workflow chat models take, without a line of the workflow changing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from agents.brief import Brief
from agents.consensus import Unanimous
from agents.fallback import Fallback
from agents.panel import Panel
from agents.specialist import FunctionSpecialist, Specialist
from graphs.conflict import Vote
from graphs.workflow import Workflow
from state.errors import UsageError

if TYPE_CHECKING:
    from agents.chat.chat import Chat

RULES = "rules"
"""What a seat is given that its own specialist keeps."""

BESIDE = "rules+"
"""What stands before a model that gives a second opinion beside the rules."""

WhenModelsFail = Literal["ask", "rules"]
"""``ask``: a human is asked. ``rules``: the seat's own specialist takes over, and the record says so."""

ChatFor = Callable[[str], "Chat"]
"""The chat with a model, by the model's name."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who takes the seats. A seat is given ``rules``, a model, or ``rules+MODEL`` for a second opinion."""

    everybody: str = RULES
    """For every seat that is not named."""
    seats: tuple[tuple[str, str], ...] = ()
    """By the name of the specialist."""
    when_models_fail: WhenModelsFail = "ask"

    @classmethod
    def read(cls, pinned: Mapping[str, str] | None) -> "Staffing":
        """The staffing that a run is pinned to."""
        given = dict(pinned or {})
        everybody, fail = given.pop("*", RULES), given.pop("!", "ask")
        return cls(everybody, tuple(sorted(given.items())), "rules" if fail == "rules" else "ask")

    def pinned(self) -> dict[str, str]:
        """As plain JSON, for a run to be pinned to; empty where rules have every seat."""
        if self.is_all_rules:
            return {}
        return {"*": self.everybody, **dict(self.seats), "!": self.when_models_fail}

    @property
    def is_all_rules(self) -> bool:
        """Whether every specialist keeps its seat."""
        return {self.everybody, *(given for _, given in self.seats)} == {RULES}

    @property
    def words(self) -> str:
        """Who takes which seat, and what becomes of a decision when a model fails, in a sentence."""
        named = [f"{seat}: {_in_words(given)}" for seat, given in self.seats]
        others = f"{'all others' if named else 'all seats'}: {_in_words(self.everybody)}"
        if self.is_all_rules:
            return others
        fail = "the rules take over" if self.when_models_fail == "rules" else "a human is asked"
        return f"{', '.join([*named, others])}; where a model fails, {fail}"

    def given(self, seat: str) -> str:
        """What a seat is given."""
        return dict(self.seats).get(seat, self.everybody)

    def over(self, everybody: str | None, seats: Mapping[str, str]) -> "Staffing":
        """This staffing with others on top: who is given for everybody displaces all seats named before."""
        before = {} if everybody is not None else dict(self.seats)
        together = tuple(sorted((before | dict(seats)).items()))
        return replace(self, everybody=everybody or self.everybody, seats=together)


def _in_words(given: str) -> str:
    return f"rules and {given.removeprefix(BESIDE)} beside them" if given.startswith(BESIDE) else given


def staffed(workflow: Workflow, staffing: Staffing, chat_for: ChatFor) -> Workflow:
    """The workflow with its seats taken as the staffing has it. Raises ``UsageError`` for a seat no model can take."""
    taken = tuple(_bound(_taken(owner, staffing, chat_for), chat_for) for owner in workflow.specialists)
    return workflow if taken == workflow.specialists else replace(workflow, specialists=taken)


def unknown_seats(workflow: Workflow, staffing: Staffing) -> list[str]:
    """The seats that the staffing names and the workflow does not have."""
    names = {owner.name for owner in workflow.specialists}
    return [seat for seat, _ in staffing.seats if seat not in names]


def chats_of(workflow: Workflow) -> Iterator[tuple["Chat", bool]]:
    """Every chat that the workflow calls, and whether somebody takes over where it fails."""
    rungs = [rung for conflict in workflow.conflicts for rung in conflict.ladder]
    voters = [voter for rung in rungs if isinstance(rung, Vote) for voter in rung.voters]
    for owner in (*workflow.specialists, *voters):
        yield from _chats(owner, False)


def _chats(owner: Specialist, has_fallback: bool) -> Iterator[tuple["Chat", bool]]:
    match owner:
        case Panel(members=members):
            for member in members:
                yield from _chats(member, has_fallback)
        case Fallback(first=first, then=then):
            yield from _chats(first, True)
            yield from _chats(then, has_fallback)
        case FunctionSpecialist():
            return
        case _:
            chat = getattr(owner, "chat", None)
            if chat is not None:
                yield chat, has_fallback


def _taken(owner: Specialist, staffing: Staffing, chat_for: ChatFor) -> Specialist:
    given = staffing.given(owner.name)
    is_named = owner.name in dict(staffing.seats)
    if given == RULES or not (is_named or isinstance(owner, FunctionSpecialist)):
        return owner
    if not isinstance(owner, FunctionSpecialist):
        raise UsageError(
            f"The seat {owner.name!r} is no plain function, and keeps its model: change it in the workflow, "
            f"or leave the seat out."
        )
    if given.startswith(BESIDE):
        return _second_opinion(owner, chat_for(given.removeprefix(BESIDE)))
    model = _modelled(owner, chat_for(given))
    return Fallback(model, owner) if staffing.when_models_fail == "rules" else model


def _bound(owner: Specialist, chat_for: ChatFor) -> Specialist:
    """The specialist, with every model that it only names bound to a chat."""
    match owner:
        case Panel(members=members):
            bound = tuple(_bound(member, chat_for) for member in members)
            return owner if bound == members else replace(owner, members=bound)
        case Fallback(first=first, then=then):
            return Fallback(_bound(first, chat_for), _bound(then, chat_for))
        case _:
            named = getattr(owner, "model", None)
            return owner.bound(chat_for(named)) if isinstance(named, str) and hasattr(owner, "bound") else owner


def _modelled(owner: FunctionSpecialist, chat: "Chat", name: str | None = None) -> Specialist:
    # imported here: the client takes a second, which runs on rules need not wait for
    from agents.model import ModelSpecialist

    return ModelSpecialist(
        name=name or owner.name,
        decides=owner.decides,
        needs=owner.needs,
        instructions=owner.brief or Brief("Decide it as its description says, from the material alone."),
        model=chat,
        attempts=owner.attempts,
        declared=owner.version,
    )


def _second_opinion(owner: FunctionSpecialist, chat: "Chat") -> Panel:
    """A panel of the rules and a model. Where they do not agree, a human decides."""
    brief = owner.brief or Brief("")
    rules = replace(owner, name=f"{owner.name}-rules")
    return Panel(
        name=owner.name,
        members=(rules, _modelled(owner, chat, f"{owner.name}-model")),
        rule=Unanimous(),
        quorum=2,
        position=brief.position,
        attempts=owner.attempts,
        disagreement=f"second opinion on {owner.decides.__name__}",
    )

"""A small case, four small decisions and workflows over them, for tests of the core."""

from typing import Any

from pydantic import Field

from agents.specialist import FunctionSpecialist, Handoff, Retry
from graphs.conflict import Conflict, Resolver
from graphs.escalation import Escalation
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision

AT_ONCE = Retry(tries=3, pause=0.0)
"""Three tries without a pause."""


class Lead(Case):
    """The case."""

    company: str = "Acme"


class Score(Decision):
    """Needs nothing."""

    probability: float = Field(default=0.5, ge=0, le=1)


class Check(Decision):
    """Needs nothing."""

    flagged: bool = False


class Verdict(Decision):
    """Built on both, and judged."""

    lane: str = "sales"


class Update(Decision):
    """Built on the verdict."""

    text: str = "hello"


def unused(handoff: Handoff[Any]) -> Decision:
    """Stands for a function where a test makes the decisions itself."""
    raise AssertionError(f"nobody should call a specialist of {handoff.case.id}")


def owner(decides: type[Decision], *needs: type[Decision], **options: Any) -> FunctionSpecialist:
    """A specialist that is named for its decision, in lower case."""
    given: dict[str, Any] = {"function": unused, "name": decides.__name__.lower(), "retry": AT_ONCE}
    return FunctionSpecialist(decides=decides, needs=needs, **(given | options))


SCORE, CHECK = owner(Score), owner(Check)
VERDICT, UPDATE = owner(Verdict, Score, Check), owner(Update, Verdict)


def disagree(score: Score, check: Check) -> bool:
    """A flagged lead that scores high."""
    return score.probability > 0.5 and check.flagged


def quality(*ladder: Resolver) -> Conflict:
    """The conflict between score and check."""
    return Conflict("quality", between=(Score, Check), when=disagree, ladder=ladder)


def diamond(*ladder: Resolver, threshold: float = 0.0, **changes: Any) -> Workflow:
    """Score and check in parallel, the verdict built on both, the update on the verdict."""
    parts: dict[str, Any] = {
        "name": "diamond",
        "case": Lead,
        "specialists": (SCORE, CHECK, VERDICT, UPDATE),
        "conflicts": (quality(*ladder),) if ladder else (),
        "escalation": Escalation(judged=Verdict, threshold=threshold),
    }
    return Workflow(**(parts | changes))


def chain(threshold: float = 0.0) -> Workflow:
    """The verdict built on the score, the update on the verdict."""
    return Workflow(
        name="chain",
        case=Lead,
        specialists=(SCORE, owner(Verdict, Score), UPDATE),
        escalation=Escalation(judged=Verdict, threshold=threshold),
    )

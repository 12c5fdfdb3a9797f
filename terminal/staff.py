"""The seats that a command gives to chat models, and the shape in which they work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from runtime.settings import settings
from state.errors import UsageError

if TYPE_CHECKING:
    from graphs.workflow import Workflow
    from state.staffing import Staffing


def chosen_staffing(given: Sequence[str], shape: str = "hub") -> "Staffing":
    """The staffing of the settings, with what ``--model`` and ``--shape`` say on top. Raises ``UsageError``."""
    from graphs.shaped import shape_named

    everybody = [each.strip() for each in given if "=" not in each]
    if len(everybody) > 1:
        raise UsageError(f"--model names {' and '.join(map(repr, everybody))} for all seats. Give one, or SEAT=MODEL.")
    seats = _seats(given)
    if not all([*everybody, *seats, *seats.values()]):
        raise UsageError("--model needs a name: a chat model's, SEAT=MODEL, or 'rules'.")
    return replace(settings().staffing.over(everybody[0] if everybody else None, seats), shape=shape_named(shape).name)


def check_seats(workflow: "Workflow", given: Sequence[str]) -> None:
    """Raise ``UsageError`` where ``--model`` names a seat that the workflow does not have."""
    from graphs.staffing import unknown_seats
    from state.staffing import Staffing

    unknown = unknown_seats(workflow, Staffing(seats=tuple(_seats(given).items())))
    if unknown:
        raise UsageError(f"--model names the seat {unknown[0]!r}, and {workflow.name!r} has {_names(workflow)}.")


def seat_notices(workflow: "Workflow") -> list[str]:
    """What there is to say of seats that the settings name and the workflow does not have."""
    from graphs.staffing import unknown_seats

    return [
        f"ROUNDHOUSE_MODEL_{seat.upper()} names no seat of {workflow.name!r}, which has {_names(workflow)}."
        for seat in unknown_seats(workflow, settings().staffing)
    ]


def _names(workflow: "Workflow") -> str:
    from graphs.staffing import seats_of

    return ", ".join(owner.name for owner in seats_of(workflow))


def _seats(given: Sequence[str]) -> dict[str, str]:
    pairs = (each.partition("=") for each in given if "=" in each)
    return {seat.strip(): model.strip() for seat, _, model in pairs}

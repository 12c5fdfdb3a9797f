"""Notices: what whoever had a run started is told when it waits or ends.

A notice is an effect like any other, so it goes into the outbox in the transaction that it speaks of. It names the run
and its open questions and holds nothing of the case: who may know more reads the run.
"""

from collections.abc import Sequence

from state.effect import Message
from state.run import Pins, RunStatus
from state.sql.effects import Effect

_WORDS: dict[RunStatus, str] = {
    "waiting": "waits for an answer",
    "completed": "is completed",
    "rejected": "is closed",
    "failed": "has failed",
}


def notices(
    run: str, workflow: str, pins: Pins, status: RunStatus, number: int, questions: Sequence[str] = ()
) -> tuple[Effect, ...]:
    """What is to be told of a run that stands still; nothing where nobody asked for that.

    ``number`` grows with what the run has come to, so that each standstill is told once; ``questions`` are the reviews
    that are open now.
    """
    channel = pins.get("notifies")
    if channel is None or status not in _WORDS or not pins.get("delivers", True):
        return ()
    payload = {"type": f"run.{status}", "run": run, "status": status, "questions": list(questions), "number": number}
    said = f"Run {run} of {workflow} {_WORDS[status]}"
    return (Effect(f"notify:{run}:{status}:{number}", channel, payload, Message(subject=said[:500], text=f"{said}.")),)

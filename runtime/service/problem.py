"""What goes wrong, as RFC 9457 has it: one JSON document with a status, a kind and one line for a person."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from runtime.channels.words import one_line
from state.errors import (
    AlreadyAnswered,
    CaseForgotten,
    DatabaseLost,
    InvalidAnswer,
    InvalidCase,
    LeaseLost,
    ReviewClaimed,
    RoundhouseError,
    RunBusy,
    SignatureChanged,
    StaleAnswer,
    UnknownReview,
    UnknownRun,
    UnusableModel,
    UsageError,
    ValueRefused,
)

MEDIA = "application/problem+json"

LONGEST = 2000
"""Characters of a detail at most."""

_KINDS: tuple[tuple[type[RoundhouseError], int, str], ...] = (
    (UnknownRun, 404, "unknown-run"),
    (UnknownReview, 404, "unknown-question"),
    (CaseForgotten, 410, "forgotten"),
    (AlreadyAnswered, 409, "already-answered"),
    (StaleAnswer, 409, "stale-answer"),
    (ReviewClaimed, 409, "claimed"),
    (RunBusy, 409, "busy"),
    (LeaseLost, 409, "busy"),
    (SignatureChanged, 409, "workflow-changed"),
    (InvalidCase, 422, "invalid-case"),
    (InvalidAnswer, 422, "invalid-answer"),
    (ValueRefused, 422, "invalid-value"),
    (UnusableModel, 503, "model-away"),
    (DatabaseLost, 503, "database-away"),
    (UsageError, 422, "invalid-request"),
)
"""The first kind that an error is of; the more special come first."""

_TITLES: Mapping[str, str] = {
    "unknown-run": "There is no such run",
    "unknown-question": "There is no such question",
    "unknown-workflow": "There is no such workflow",
    "forgotten": "The data were removed",
    "already-answered": "Somebody answered before",
    "stale-answer": "The run has moved on",
    "claimed": "Somebody else is at the question",
    "busy": "The run is being driven",
    "workflow-changed": "The workflow has changed since the run was started",
    "key-used": "The key was used for another case",
    "invalid-case": "The case does not fit its contract",
    "invalid-answer": "The answer does not fit",
    "invalid-value": "A value cannot be kept",
    "invalid-request": "The request cannot be used",
    "model-away": "A chat model cannot be called",
    "database-away": "The database is away",
    "queue-away": "The queue is not there",
    "unauthorized": "A valid API key is needed",
    "misdirected": "The request is not for this machine",
    "too-large": "The body is too large",
    "too-slow": "The body did not come in time",
    "not-found": "There is nothing here",
    "not-allowed": "The method is not allowed here",
    "defect": "Something went wrong here",
}

_HTTP = {404: "not-found", 405: "not-allowed"}
"""The kinds of what the router finds wrong itself."""

AWAY = "The database cannot be reached. Nothing was taken in; try again in a moment."


class Problem(BaseModel):
    """A problem."""

    model_config = ConfigDict(frozen=True)

    type: str
    """Which kind it is, for a program: ``urn:roundhouse:`` and a word."""
    title: str
    """The kind in words."""
    status: int
    detail: str
    """What happened, and what to do, in one line."""
    errors: tuple[dict[str, str], ...] = ()
    """For what does not fit its contract, each ``field`` and the ``reason``."""


class Refusal(Exception):
    """A request that is refused; ``problem`` says why."""

    def __init__(
        self, status: int, kind: str, detail: str, errors: tuple[dict[str, str], ...] = (), **headers: str
    ) -> None:
        self.problem = problem(status, kind, detail, errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(self.problem.detail)


def problem(status: int, kind: str, detail: str, errors: tuple[dict[str, str], ...] = ()) -> Problem:
    """A problem of a kind; the detail becomes one line."""
    line = one_line(detail, longest=LONGEST)
    return Problem(type=f"urn:roundhouse:{kind}", title=_TITLES[kind], status=status, detail=line, errors=errors)


def problem_of(error: RoundhouseError) -> Problem:
    """An error of ours as a problem; one that no caller can cause is a defect, of which nothing is told."""
    for family, status, kind in _KINDS:
        if isinstance(error, family):
            return problem(status, kind, _detail(error), _errors(error))
    return defect()


def problem_of_http(status: int) -> Problem:
    """What the router finds wrong: an address that is not there, a method that it does not take."""
    kind = _HTTP.get(status, "invalid-request")
    return problem(status if kind in _HTTP.values() else 422, kind, f"{_TITLES[kind]}.")


def defect() -> Problem:
    """A defect: what it was is in the log."""
    return problem(500, "defect", "This is a defect of the service. Its log has more.")


def answered(found: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as the answer to a request."""
    more = {"Retry-After": "5"} if found.status == 503 else {}
    content = found.model_dump(exclude={"errors"} if not found.errors else None)
    return JSONResponse(content, found.status, {**more, **(headers or {})}, MEDIA)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation can answer with, for the OpenAPI description."""
    every = (*statuses, 401, 408, 413, 421, 422, 500, 503)
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _DESCRIPTIONS[status], "content": content} for status in sorted(every)}


_DESCRIPTIONS = {
    401: _TITLES["unauthorized"],
    404: "There is no such thing",
    408: _TITLES["too-slow"],
    409: "Something stands in the way, which the type tells",
    410: _TITLES["forgotten"],
    413: _TITLES["too-large"],
    421: _TITLES["misdirected"],
    422: "What was given does not fit",
    500: _TITLES["defect"],
    503: "The database, the queue or a chat model is away",
}


def _detail(error: RoundhouseError) -> str:
    """What the error says, but for what speaks of commands, or of the database."""
    match error:
        case UnknownRun():
            return f"There is no run {error.run!r}."
        case UnknownReview():
            return f"There is no question {error.review!r}."
        case DatabaseLost():
            return AWAY
        case _:
            return str(error)


def _errors(error: RoundhouseError) -> tuple[dict[str, str], ...]:
    pairs = error.problems if isinstance(error, InvalidCase | InvalidAnswer) else ()
    return tuple({"field": one_line(field), "reason": one_line(reason)} for field, reason in pairs)

"""The service as an application: its operations behind their guard, and what goes wrong as problems."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from runtime.channels.words import one_line
from runtime.roundhouse import Roundhouse
from runtime.service import routes
from runtime.service.driving import Driving
from runtime.service.guard import Guard
from runtime.service.intake import Driven, Intake, Queued
from runtime.service.keys import Keys
from runtime.service.offered import Offered
from runtime.service.problem import Problem, Refusal, answered, defect, problem, problem_of, problem_of_http
from state.errors import RoundhouseError

VERSION = "1"
"""Of what is offered over HTTP; it changes where a caller has to."""

ABOUT = (
    "Starts cases, tells what becomes of them, and takes answers to the questions they raise. "
    "Problems are told as RFC 9457 has it."
)


class Service:
    """Roundhouse over HTTP. ``app`` is the application, ``driving`` what goes on behind it."""

    def __init__(
        self,
        *,
        roundhouse: Roundhouse,
        offered: Offered,
        keys: Keys,
        at_once: int,
        is_queued: bool = False,
        notifies: bool = False,
        more: Sequence[APIRouter] = (),
    ) -> None:
        """``at_once`` runs are driven at the same time, where there is no queue; ``more`` are operations of others."""
        self.driving = Driving(roundhouse, at_once)
        store = roundhouse.store
        acceptance = Queued(store) if is_queued else Driven(store, self.driving)
        intake = Intake(roundhouse=roundhouse, offered=offered, acceptance=acceptance, notifies=notifies)
        api = _api(offered)
        needs_key = [Depends(_bearer)] if keys else []
        asked = routes.questions(roundhouse, self.driving)
        for each in (
            routes.workflows(roundhouse, offered),
            routes.cases(intake),
            routes.runs(roundhouse),
            asked,
            *more,
        ):
            api.include_router(each, dependencies=needs_key)
        api.include_router(routes.health(roundhouse))
        self.api = api
        self.app = Guard(api, keys)


_BEARER = HTTPBearer(auto_error=False, description="One of the keys of ROUNDHOUSE_API_KEYS.")


def _bearer(_key: Annotated[Any, Depends(_BEARER)]) -> None:
    """That a key is needed is told in the description; the guard has looked at it already."""


class _Api(FastAPI):
    """Describes what no type says: which workflows there are, and what problems look like."""

    workflows: tuple[str, ...] = ()

    def openapi(self) -> dict[str, Any]:
        """The description of the service."""
        described = super().openapi()
        described["components"].setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for operations in described["paths"].values():
            for operation in operations.values():
                for parameter in operation.get("parameters", ()):
                    if (parameter["in"], parameter["name"]) == ("path", "workflow"):
                        parameter["schema"]["enum"] = list(self.workflows)
        return described


def _api(offered: Offered) -> FastAPI:
    api = _Api(title="Roundhouse", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None)
    api.workflows = offered.workflows
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(RoundhouseError, _ours)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _defect)
    return api


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return answered(error.problem, error.headers)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RoundhouseError)
    return answered(problem_of(error))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return answered(problem_of_http(error.status_code), error.headers)


async def _defect(_request: Request, _error: Exception) -> JSONResponse:
    return answered(defect())


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """What does not fit, by field, and without what was given."""
    assert isinstance(error, RequestValidationError)
    found = [(one_line(".".join(map(str, each["loc"]))), one_line(each["msg"])) for each in error.errors()]
    errors = tuple({"field": field, "reason": reason} for field, reason in found)
    return answered(problem(422, "invalid-request", "; ".join(": ".join(each) for each in found) + ".", errors))

"""The operations: start a case, read runs and questions, answer one."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

from runtime.roundhouse import Roundhouse
from runtime.service.contracts import (
    AnswerGiven,
    CaseGiven,
    Contract,
    Health,
    Profiled,
    Question,
    QuestionList,
    QuestionsAsked,
    Run,
    RunPage,
    RunsAsked,
    RunTold,
    WorkflowList,
    WorkflowOffered,
)
from runtime.service.cursor import cursor_of, place_of
from runtime.service.driving import Driving
from runtime.service.intake import Intake
from runtime.service.offered import Offered
from runtime.service.problem import AWAY, Refusal, described
from state.errors import UnknownReview, UnknownRun
from state.review import Action
from state.run import RunFilter, RunRow
from state.sql.asking import WAITING
from state.sql.reviews import find_review, of_run
from state.sql.run_pages import runs_after
from state.sql.runs import find_run, run_row
from state.sql.schema import HEAD, current_revision

LOOK = 5.0
"""Seconds after which an answer that was accepted is told of, though its run is still going on."""

Key = Annotated[str, Path(min_length=1, max_length=200)]


def workflows(roundhouse: Roundhouse, offered: Offered) -> APIRouter:
    """How one finds out what cases there can be."""
    routes = APIRouter(tags=["workflows"])

    @routes.get("/workflows", summary="List workflows", responses=described())
    async def listed() -> WorkflowList:
        """The workflows that cases can be started in."""
        rows = [WorkflowOffered(name=name, profiles=offered.profiles(name)) for name in offered.workflows]
        return WorkflowList(workflows=tuple(rows))

    @routes.get("/workflows/{workflow}", summary="Read what a case must be", responses=described(404))
    async def read(workflow: Key, asked: Annotated[Profiled, Query()]) -> Contract:
        """The contract of a workflow's cases, which may depend on the profile."""
        driver = await roundhouse.driver(workflow, offered.profile(workflow, asked.profile))
        return Contract(workflow=workflow, profile=asked.profile, case=driver.workflow.case.model_json_schema())

    return routes


def cases(intake: Intake) -> APIRouter:
    """How a case comes in."""
    routes = APIRouter(tags=["cases"])

    @routes.post(
        "/workflows/{workflow}/cases",
        status_code=202,
        response_model=Run,
        summary="Start a case",
        responses={
            200: {"model": Run, "description": "The same request came before; its run as it stands"},
            202: {"description": "Taken in; it is kept, whatever happens"},
            **described(404, 409, 410),
        },
    )
    async def start(
        request: Request,
        response: Response,
        workflow: Key,
        given: CaseGiven,
        idempotency_key: Annotated[str, Header(min_length=1, max_length=200, description=_KEY)],
    ) -> Run:
        """Take a case in. It goes on by itself; what becomes of it is read from its run."""
        row, how = await intake.take(workflow, given, idempotency_key, request.state.caller)
        response.status_code = 202 if how == "new" else 200
        response.headers["Location"] = f"/runs/{row.id}"
        return Run.of(row)

    return routes


_KEY = "Your own name for this request, such as the id of the lead: sent again with it, a case is started only once."


def runs(roundhouse: Roundhouse) -> APIRouter:
    """How runs are read."""
    routes = APIRouter(tags=["runs"])

    @routes.get("/runs/{run}", summary="Read a run", responses=described(404, 410))
    async def read(run: Key) -> RunTold:
        """A run, with the questions that are open."""
        return await _told(roundhouse, run)

    @routes.get("/runs", summary="List runs", responses=described())
    async def listed(asked: Annotated[RunsAsked, Query()]) -> RunPage:
        """Runs, newest first."""
        chosen, place = RunFilter(workflow=asked.workflow, status=asked.status), place_of(asked.after)
        rows = await roundhouse.store.read(runs_after, chosen, place, asked.limit + 1)
        shown = rows[: asked.limit]
        return RunPage(runs=tuple(map(Run.of, shown)), next=cursor_of(shown[-1]) if len(rows) > asked.limit else None)

    return routes


def questions(roundhouse: Roundhouse, driving: Driving) -> APIRouter:
    """How questions are read and answered."""
    routes = APIRouter(tags=["questions"])

    @routes.get("/questions", summary="List open questions", responses=described())
    async def listed(asked: Annotated[QuestionsAsked, Query()]) -> QuestionList:
        """Questions, most urgent and oldest first."""
        rows = await roundhouse.inbox(asked.workflow, asked.limit, asked.queue)
        return QuestionList(questions=tuple(map(Question.of, rows)))

    @routes.post("/questions/{review}/answer", summary="Answer a question", responses=described(404, 409, 410))
    async def answer(request: Request, review: Key, given: AnswerGiven) -> RunTold:
        """Answer a question, and have its run go on; the first answer counts."""
        found = await roundhouse.review(review)
        if found.id != review:
            raise UnknownReview(review)
        answering = driving.begun(_answered(roundhouse, review, given, request.state.caller))
        while not answering.done():
            await asyncio.wait([answering], timeout=LOOK)
            if (await roundhouse.store.read(find_review, review)).status not in WAITING:
                break
        if answering.done():
            answering.result()
        return await _told(roundhouse, found.run)

    return routes


def health(roundhouse: Roundhouse) -> APIRouter:
    """How the service is."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health", summary="Say whether all is well", responses=described())
    async def look() -> Health:
        """Whether the database can be reached, and is this version's."""
        revision = await roundhouse.store.read(current_revision)
        if revision != HEAD:
            raise Refusal(503, "database-away", AWAY)
        return Health(status="ok", schema_revision=revision)

    return routes


async def _answered(roundhouse: Roundhouse, review: str, given: AnswerGiven, caller: str) -> RunRow:
    action: Action = given.action
    rest: dict[str, Any] = given.model_dump(exclude={"action", "by"})
    return await roundhouse.answer(review, action, by=given.by or caller, **rest)


async def _told(roundhouse: Roundhouse, run: str) -> RunTold:
    """A run by its whole id; the beginning of one is not enough here."""
    row = await roundhouse.store.read(find_run, run)
    if row.id != run:
        raise UnknownRun(run)
    reviews = await roundhouse.store.read(of_run, run)
    return RunTold.told(run_row(row), [each for each in reviews if each.status in WAITING])

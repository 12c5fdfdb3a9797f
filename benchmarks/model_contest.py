"""The contest of the chat models: the hub's graph, the whole product, a hand-written chain, and plain requests."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from agents.chat.chat import Chat
from agents.chat.prompt import LONGEST, prompt_for
from agents.chat.schema import answer_schema, filled_type
from agents.handoff import Handoff
from agents.model import ModelSpecialist, chat_model
from benchmarks.model_chain import model_chain
from benchmarks.model_process import MODEL, Served
from benchmarks.teamwork import Enquiry, enquiries
from graphs.catalogue import Catalogue, Entry
from graphs.hub import hub
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

Drive = Callable[[Enquiry], Awaitable[object]]
Build = Callable[[Chat], Workflow]


class Contest(NamedTuple):
    """The contestants on one workflow."""

    graph: Drive
    """The hub's graph on ``SqlCheckpointer``."""
    product: Drive
    """The whole product: run rows, leases, records and ledger included."""
    chain: Drive
    plain: Drive
    """Nothing but the requests, one after the other."""


@asynccontextmanager
async def contest(server: Served, build: Build) -> AsyncIterator[Contest]:
    """The contestants, each on a database of its own, while the context is open."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roundhouse-bench-")))
        chat = chat_model(MODEL, base_url=server.url)
        stack.push_async_callback(chat.close)
        workflow = build(chat)
        database = stack.enter_context(Database.open(f"sqlite:///{folder / 'hub.db'}"))
        chain = await stack.enter_async_context(model_chain(workflow, server.url, folder / "chain.db"))
        yield Contest(
            _driven(hub(workflow).compile(checkpointer=SqlCheckpointer(database))),
            await stack.enter_async_context(_product(workflow, folder)),
            _driven(chain),
            _requests(workflow, server),
        )


def _driven(graph: Any) -> Drive:
    async def drive(case: Enquiry) -> object:
        thread = {"configurable": {"thread_id": uuid4().hex}}
        return await graph.ainvoke({"case": case.model_dump(mode="json")}, thread, durability="sync")

    return drive


@asynccontextmanager
async def _product(workflow: Workflow, folder: Path) -> AsyncIterator[Drive]:
    catalogue = Catalogue({workflow.name: Entry(lambda profile: workflow)})
    async with Roundhouse.open(f"sqlite:///{folder / 'product.db'}", catalogue) as roundhouse:
        driver = await roundhouse.driver(workflow.name)

        async def drive(case: Enquiry) -> object:
            status = await driver.start(case, uuid4().hex)
            assert status == "completed", status
            return status

        yield drive


def _requests(workflow: Workflow, server: Served) -> Drive:
    """As many requests as a case takes, one after the other, each for an answer of the same form."""
    example = enquiries(1)[0]
    bodies = [_body(owner, example) for owner in workflow.specialists if isinstance(owner, ModelSpecialist)]

    async def drive(case: Enquiry) -> object:
        return [(await server.client.post("/v1/chat/completions", json=body)).json() for body in bodies]

    return drive


def _body(owner: ModelSpecialist, case: Enquiry) -> dict[str, Any]:
    prompt = prompt_for(owner.name, owner.decides, owner.brief, Handoff(case=case), LONGEST)
    schema = answer_schema(filled_type(owner.decides, owner.brief))
    said = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.human}]
    return {"model": MODEL, "messages": said, "response_format": schema.response_format}

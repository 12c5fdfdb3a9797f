"""A workflow on a stage: its graph with the saver in memory, and specialists that say what a test has them say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agents.handoff import Handoff
from agents.making import Answer
from agents.specialist import FunctionSpecialist
from graphs.shaped import graph_of
from graphs.workflow import Workflow
from state.decision import Decision
from state.progress import Progress
from tests.support.leads import AT_ONCE

Graph = CompiledStateGraph[Any, None, Any, Any]


class Stage:
    """A workflow whose specialists say what a test has them say, with a count of how often they were called."""

    def __init__(self, workflow: Workflow, **lines: Answer | list[Answer]) -> None:
        self.calls: Counter[str] = Counter()
        self.handoffs: dict[str, Handoff[Any]] = {}
        self.lines = {name: [said] if not isinstance(said, list) else said for name, said in lines.items()}
        owners = tuple(
            FunctionSpecialist(self._function(owner.decides), owner.name, owner.decides, owner.needs, retry=AT_ONCE)
            for owner in workflow.specialists
        )
        self.workflow = replace(workflow, specialists=owners)
        self.graph: Graph = graph_of(self.workflow).compile(checkpointer=InMemorySaver())
        self.visited: list[str] = []

    def _function(self, decides: type[Decision]) -> Any:
        async def function(handoff: Handoff[Any]) -> Answer:
            name = decides.__name__
            said = self.lines.get(name, [decides()])
            self.calls[name] += 1
            self.handoffs[name] = handoff
            return said[min(self.calls[name], len(said)) - 1]

        return function

    @property
    def config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": "run-1", "__pregel_strict_resume": True}}

    async def start(self, case: Mapping[str, Any] | None = None, **pins: Any) -> Any:
        return await self._go({"case": dict(case or {"id": "lead-1"}), "pins": pins})

    async def answer(self, question: str, action: str, **fields: Any) -> Any:
        [interrupt] = (await self.graph.aget_state(self.config)).interrupts
        return await self._go(
            Command(resume={interrupt.id: {"question": question, "action": action, "by": "ann", **fields}})
        )

    async def _go(self, given: Any) -> Any:
        async for part in self.graph.astream(given, self.config, stream_mode="updates"):
            self.visited += part
        return (await self.graph.aget_state(self.config)).values

    async def progress(self) -> Progress:
        return Progress.parse((await self.graph.aget_state(self.config)).values.get("progress", {}))

    async def open(self) -> list[str]:
        """The keys of the questions that the graph waits for; empty where it does not wait."""
        found = (await self.graph.aget_state(self.config)).interrupts
        return [question["key"] for interrupt in found for question in interrupt.value["questions"]]

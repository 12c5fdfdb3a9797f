"""Traces by OpenTelemetry: a span for each run, with those of its turns and of its calls of chat models within.

The names are those of the semantic conventions for generative AI, at the state of development that they have there:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. What a model was told and what it said has data of the
case in it, and goes along only where ``ROUNDHOUSE_TRACE_CONTENT=1`` asks for it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, assert_never

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode

from agents.usher import Step

_WRONG = frozenset({"failed", "error", "timeout", "server", "unreachable", "rate_limit", "key", "model", "request"})
"""The outcomes that a span calls an error."""

Content = Literal["left out", "told"]
"""Whether what models were told and said goes along."""


class Traces:
    """Makes spans of steps. See :class:`runtime.usher.Watcher`."""

    def __init__(self, processor: SpanProcessor, worker: str = "", content: Content = "left out") -> None:
        about = {"service.name": "roundhouse", **({"service.instance.id": worker} if worker else {})}
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("roundhouse")
        self._content = content

    @contextmanager
    def watching(self, step: Step, waited: float) -> Iterator[None]:
        """See :class:`runtime.usher.Watcher`."""
        kind = SpanKind.CLIENT if step.kind == "call" else SpanKind.INTERNAL
        # what an exception says may have data of the case in it: its type is kept, its words are not
        opened = self._tracer.start_as_current_span(
            _name(step),
            kind=kind,
            attributes=_begun(step, waited),
            record_exception=False,
            set_status_on_exception=False,
        )
        with opened as span:
            try:
                yield
            except BaseException as raised:
                span.set_attribute("error.type", type(raised).__name__)
                span.set_status(StatusCode.ERROR)
                raise
            finally:
                self._ended(span, step)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _ended(self, span: Span, step: Step) -> None:
        if step.outcome:
            span.set_attribute("roundhouse.outcome", step.outcome)
        if step.outcome in _WRONG:
            span.set_attribute("error.type", step.outcome)
            span.set_status(StatusCode.ERROR)
        if step.kind == "call":
            span.set_attribute("gen_ai.usage.input_tokens", step.tokens_in)
            span.set_attribute("gen_ai.usage.output_tokens", step.tokens_out)
            if self._content == "told":
                span.set_attribute("gen_ai.input.messages", _told(step.messages))
                span.set_attribute("gen_ai.output.messages", _message("assistant", step.answer))


def exported(worker: str = "", content: Content = "left out", exporter: SpanExporter | None = None) -> Traces:
    """Traces that go where the standard variables of OpenTelemetry say, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``."""
    return Traces(BatchSpanProcessor(exporter or OTLPSpanExporter()), worker, content)


def _name(step: Step) -> str:
    match step.kind:
        case "run":
            return f"invoke_workflow {step.name}"
        case "turn":
            return f"invoke_agent {step.name}"
        case "call":
            return f"chat {step.name}"
        case _:
            assert_never(step.kind)


def _begun(step: Step, waited: float) -> dict[str, Any]:
    known = {"roundhouse.run": step.run, "roundhouse.decision": step.decision, "roundhouse.waited": round(waited, 3)}
    match step.kind:
        case "run":
            known |= {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": step.name}
        case "turn":
            known |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": step.name}
        case "call":
            # the server is spoken to as OpenAI's is, whosever it is
            known |= {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"}
            known |= {"gen_ai.request.model": step.name, "gen_ai.agent.name": step.specialist}
        case _:
            assert_never(step.kind)
    return {name: value for name, value in known.items() if value != ""}


def _told(messages: Sequence[Any]) -> str:
    roles = {"human": "user", "ai": "assistant"}
    told = [(roles.get(message.type, message.type), str(message.text)) for message in messages]
    return json.dumps([_part(role, text) for role, text in told], ensure_ascii=False)


def _message(role: str, text: str) -> str:
    return json.dumps([_part(role, text)], ensure_ascii=False)


def _part(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}

"""What machines that watch are told, and what they are not."""

import io
import json
import logging
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from langchain_core.messages import HumanMessage
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agents.usher import Step
from runtime.limits import Limits
from runtime.settings import Settings
from runtime.telemetry.logs import JsonLines, RunsInLogs, log_as_json
from runtime.telemetry.metrics import Metrics, Served
from runtime.telemetry.telemetry import telemetry
from runtime.telemetry.traces import Content, Traces
from runtime.usher import LimitedUsher
from state.errors import UsageError
from state.sql.database import Database
from state.sql.store import Store
from state.workers import Load, QueueLine

SECRET = "Ann Miller of Bristol"


@pytest.fixture
def root_logger() -> Iterator[None]:
    """The root logger as it was before, afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level


def call() -> Step:
    return Step("call", "gpt-5-mini", "run-1", decision="Score", specialist="analyst", messages=[HumanMessage(SECRET)])


def answered(step: Step) -> None:
    step.outcome, step.answer, step.tokens_in, step.tokens_out = "answered", SECRET, 120, 8


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        body: bytes = reply.read()
    return body.decode()


def spans_of(content: Content = "left out") -> dict[str, ReadableSpan]:
    """The spans of a run with one turn and one call, by their names."""
    exporter = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(exporter), "worker-1", content)
    run, turn, asked = Step("run", "leads", "run-1"), Step("turn", "analyst", "run-1", decision="Score"), call()
    with traces.watching(run, 0.0):
        with traces.watching(turn, 0.0), traces.watching(asked, 0.25):
            answered(asked)
        run.outcome = "failed"
    traces.close()
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_line_of_the_log_is_one_object_with_the_run_and_the_worker(root_logger: None) -> None:
    stream = io.StringIO()
    log_as_json("worker-1", stream)
    with RunsInLogs().watching(Step("run", "leads", "run-1"), 0.0):
        logging.getLogger("roundhouse").warning("a line\nand another")
    logging.getLogger("roundhouse").info("outside")
    first, second = lines(stream)
    assert first.keys() == {"time", "level", "logger", "message", "run", "worker"}
    assert (first["level"], first["message"], first["run"]) == ("warning", "a line\nand another", "run-1")
    assert first["worker"] == "worker-1"
    assert "run" not in second


def test_an_error_is_logged_without_its_words(root_logger: None) -> None:
    stream = io.StringIO()
    log_as_json("", stream)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("roundhouse").exception("A page failed.")
    assert SECRET not in stream.getvalue()
    assert lines(stream)[0]["error"] == "ValueError"
    assert "test_telemetry.py" in str(lines(stream)[0]["at"])


def test_addresses_that_a_library_logs_are_left_out(root_logger: None) -> None:
    stream = io.StringIO()
    log_as_json("", stream)
    logging.getLogger("httpx").info("HTTP Request: POST https://example.test/?key=hidden")
    assert stream.getvalue() == ""


def test_a_record_may_name_its_run_itself() -> None:
    record = logging.makeLogRecord({"msg": "given back", "run": "run-2"})
    assert json.loads(JsonLines().format(record))["run"] == "run-2"


def test_metrics_are_scraped_over_loopback() -> None:
    queue = (QueueLine(workflow="leads", waiting=7, oldest=12.5),)
    load = Load(at=datetime.now(UTC), workers=(), queue=queue, failed_runs=2, failed_jobs=0)
    metrics = Metrics(lambda: load)
    with metrics.watching(run := Step("run", "leads", "run-1"), 0.5):
        run.outcome = "completed"
        with metrics.watching(asked := call(), 0.0):
            answered(asked)
    with Served(metrics, 0) as served:
        found = scraped(served.port)
    assert 'roundhouse_runs_total{outcome="completed",workflow="leads"} 1.0' in found
    assert 'roundhouse_model_tokens_total{direction="in",model="gpt-5-mini"} 120.0' in found
    assert 'roundhouse_run_seconds_count{workflow="leads"} 1.0' in found
    assert 'roundhouse_limit_wait_seconds_sum{kind="run"} 0.5' in found
    assert 'roundhouse_queue_runs{workflow="leads"} 7.0' in found
    assert 'roundhouse_queue_oldest_seconds{workflow="leads"} 12.5' in found
    assert 'roundhouse_dead_letters{kind="runs"} 2.0' in found


def test_no_metric_names_a_run_or_has_data_of_a_case() -> None:
    metrics = Metrics()
    with metrics.watching(asked := call(), 0.0):
        answered(asked)
    with Served(metrics, 0) as served:
        found = scraped(served.port)
    assert "run-1" not in found
    assert SECRET not in found


def test_a_run_that_is_cut_off_is_counted_as_such() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError), metrics.watching(Step("run", "leads", "run-1"), 0.0):
        raise KeyError
    labels = {"workflow": "leads", "outcome": "cut_off"}
    assert metrics.registry.get_sample_value("roundhouse_runs_total", labels) == 1.0
    assert metrics.registry.get_sample_value("roundhouse_runs_under_way") == 0.0


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with Served(Metrics(), 0) as served, pytest.raises(UsageError, match="ROUNDHOUSE_METRICS_PORT") as refused:
        Served(Metrics(), served.port)
    assert "\n" not in str(refused.value)


def test_a_trace_has_the_run_its_turns_and_their_calls_within_one_another() -> None:
    spans = spans_of()
    run, turn, chat = (spans[name] for name in ("invoke_workflow leads", "invoke_agent analyst", "chat gpt-5-mini"))
    assert run.parent is None
    assert turn.parent is not None
    assert run.context is not None
    assert turn.parent.span_id == run.context.span_id
    assert chat.parent is not None
    assert turn.context is not None
    assert chat.parent.span_id == turn.context.span_id
    assert run.resource.attributes["service.instance.id"] == "worker-1"


def test_a_call_has_the_attributes_of_the_genai_conventions() -> None:
    chat = spans_of()["chat gpt-5-mini"]
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.agent.name": "analyst",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 8,
        "roundhouse.waited": 0.25,
    }
    assert chat.attributes is not None
    assert {name: chat.attributes[name] for name in expected} == expected


def test_prompts_and_answers_are_traced_only_where_asked_for() -> None:
    assert not any(SECRET in span.to_json() for span in spans_of().values())
    told = spans_of("told")["chat gpt-5-mini"].attributes
    assert told is not None
    message = json.loads(str(told["gen_ai.input.messages"]))[0]
    assert message == {"role": "user", "parts": [{"type": "text", "content": SECRET}]}
    assert SECRET in str(told["gen_ai.output.messages"])


def test_the_words_of_an_error_are_not_in_the_trace() -> None:
    exporter = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(exporter))
    with pytest.raises(ValueError, match=SECRET), traces.watching(Step("turn", "analyst"), 0.0):
        raise ValueError(SECRET)
    span = exporter.get_finished_spans()[0]
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert SECRET not in span.to_json()


async def test_the_usher_has_each_step_watched(sqlite_database: Database) -> None:
    metrics = Metrics()
    usher = LimitedUsher(Limits(Store(sqlite_database)), [metrics])
    async with usher.step(Step("turn", "analyst")) as step:
        step.outcome = "made"
    labels = {"specialist": "analyst", "outcome": "made"}
    assert metrics.registry.get_sample_value("roundhouse_turns_total", labels) == 1.0


def test_where_nothing_is_configured_nothing_is_imported_for_it() -> None:
    asks = (
        "import sys; from runtime.settings import Settings; from runtime.telemetry.telemetry import telemetry\n"
        "with telemetry(Settings(_env_file=None)) as found: assert found == ()\n"
        "print([name for name in ('prometheus_client', 'opentelemetry.sdk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_metrics_are_served_where_a_port_is_set_and_no_longer_than_that() -> None:
    load = Load(at=datetime.now(UTC), workers=(), queue=(), failed_runs=0, failed_jobs=0)
    chosen = Settings.model_validate({"metrics_port": 0})
    with telemetry(chosen, "worker-1", lambda: load) as found:
        assert [type(each) for each in found] == [Metrics]


def test_traces_are_made_where_the_standard_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with telemetry(Settings.model_validate({})) as found:
        assert [type(each) for each in found] == [Traces]
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with telemetry(Settings.model_validate({})) as found:
        assert found == ()


def test_what_is_configured_and_not_installed_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "runtime.telemetry.metrics", None)
    load = Load(at=datetime.now(UTC), workers=(), queue=(), failed_runs=0, failed_jobs=0)
    chosen = Settings.model_validate({"metrics_port": 0})
    with pytest.raises(UsageError, match=r"pip install 'roundhouse\[telemetry\]'"), telemetry(chosen, "", lambda: load):
        nullcontext()

"""The service against its own OpenAPI description, with requests that Schemathesis makes up: none breaks it."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

from runtime.roundhouse import Roundhouse
from runtime.service.server import listening, server_of
from tests.support.service import CATALOGUE, client_of, service_of, started

load_all_checks()

NOT_DESCRIBED: list[CheckFunction] = [positive_data_acceptance]
"""What no description can promise: a case must fit its workflow's contract, and an answer its question."""

OPERATIONS = (
    ("GET", "/health"),
    ("GET", "/workflows"),
    ("GET", "/workflows/{workflow}"),
    ("POST", "/workflows/{workflow}/cases"),
    ("GET", "/runs"),
    ("GET", "/runs/{run}"),
    ("GET", "/questions"),
    ("POST", "/questions/{review}/answer"),
)
"""Everything that is offered."""

BARE = OPERATIONS[:2]
"""What takes nothing that could be wrong."""


class Serving(threading.Thread):
    """A real server on a free port of this machine."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.socket = listening("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.ready = threading.Event()
        self._url = url

    def run(self) -> None:
        """Serve until stopped."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """End the server, and wait for it."""
        self._server.should_exit = True
        self.join()

    async def _serve(self) -> None:
        async with Roundhouse.open(self._url, CATALOGUE) as roundhouse:
            # without keys: what they keep out is another test's business
            service = service_of(roundhouse, {})
            self._server = server_of(service.app)
            async with service.driving.open(), client_of(service) as client:
                await started(client, trouble="unsure")
                self.ready.set()
                await self._server.serve([self.socket])


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    folder: Path = tmp_path_factory.mktemp("described")
    serving = Serving(f"sqlite:///{folder / 'roundhouse.db'}")
    with serving.socket:
        serving.start()
        assert serving.ready.wait(30)
        config = schemathesis.Config.from_dict({"seed": 9})
        yield schemathesis.openapi.from_url(f"{serving.address}/openapi.json", config=config)
        serving.stop()


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [(*each, mode) for each in OPERATIONS for mode in GenerationMode if "positive" in mode.value or each not in BARE],
)
def test_every_answer_is_as_described(
    description: schemathesis.BaseSchema, method: str, path: str, mode: GenerationMode
) -> None:
    @given(case=description[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    def is_as_described(case: "schemathesis.Case[Any]") -> None:
        case.call_and_validate(excluded_checks=NOT_DESCRIBED)

    is_as_described()


def test_every_operation_is_tried(description: schemathesis.BaseSchema) -> None:
    assert {(method.upper(), path) for path in description for method in description[path]} == {*OPERATIONS}

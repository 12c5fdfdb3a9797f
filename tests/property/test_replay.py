"""Progress that is read from one checkpoint to the next, over random runs."""

import asyncio
import json
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.replay import Grown
from state.progress import Progress
from tests.property.changes import Watched
from tests.property.test_agenda import quick
from tests.property.workflows import random_scene


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@quick
@given(chance=st.randoms(use_true_random=False))
def test_progress_that_is_read_on_is_what_it_would_be_if_it_was_read_anew(
    runner: asyncio.Runner, chance: Random
) -> None:
    watched = Watched(random_scene(chance))
    watched.play(runner)
    grown = Grown({}, Progress())
    for stop in watched.stops:
        raw = json.loads(json.dumps(stop.progress.dump()))
        grown = grown.grown(raw)
        assert grown.progress == Progress.parse(raw) == stop.progress

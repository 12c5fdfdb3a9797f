"""``python -m tests.property.sweep 20000 [FIRST]``: the properties over that many random workflows, with counts."""

import asyncio
import sys
import time
from collections import Counter
from random import Random

from state.progress import Rung
from tests.property.properties import check_scene
from tests.property.workflows import random_scene


def sweep(count: int, first: int = 0) -> Counter[str]:
    """Check the workflows of these seeds, and count what happened in them."""
    seen: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        for seed in range(first, first + count):
            try:
                run = check_scene(random_scene(Random(seed)), runner)
            except Exception:
                print(f"seed {seed}")
                raise
            seen[run.status] += 1
            seen["steps"] += run.steps
            seen["longest run"] = max(seen["longest run"], run.steps)
            seen.update(f"asked {key.split(':')[0]}" for key in run.asked)
            seen.update(f"answered {each.answer.action}" for each in run.progress.answers)
            seen.update(f"event {event.event}" for event in run.events)
            seen.update(f"rung {event.action}" for event in run.events if isinstance(event, Rung))
    return seen


if __name__ == "__main__":
    started = time.perf_counter()
    for what, number in sorted(sweep(*map(int, sys.argv[1:])).items()):
        print(f"{what:24}{number:>10,}")
    print(f"{'seconds':24}{time.perf_counter() - started:>10,.0f}")

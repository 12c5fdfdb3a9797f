"""``make bench-scale``: what workers on this machine carry, on a PostgreSQL of their own, as tables with targets."""

import argparse
from dataclasses import fields, replace
from types import ModuleType

from rich.console import Console

from benchmarks.postgres import postgres_url
from benchmarks.report import table
from benchmarks.scale import answers, deaths, lists, recovery, room, speed
from benchmarks.scale.sizes import SHORT, Sizes

SCENARIOS: dict[str, ModuleType] = {
    "speed": speed,
    "answers": answers,
    "room": room,
    "recovery": recovery,
    "deaths": deaths,
    "lists": lists,
}


def main() -> None:
    """Measure the scenarios that are named, or all."""
    given = _options().parse_args()
    chosen = {each.name: getattr(given, each.name) for each in fields(Sizes)}
    sizes = replace(
        SHORT if given.short else Sizes(), **{name: each for name, each in chosen.items() if each is not None}
    )
    console = Console()
    with postgres_url() as server:
        for name in given.scenarios or SCENARIOS:
            console.print(table(name, SCENARIOS[name].measure(server, sizes)))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    options.add_argument("scenarios", nargs="*", help=f"any of {', '.join(SCENARIOS)}; all where none is named")
    options.add_argument("--short", action="store_true", help="small numbers, to see that it works")
    for each in fields(Sizes):
        options.add_argument(f"--{each.name}", type=type(each.default), help=f"{each.default:,} by default")
    return options


if __name__ == "__main__":
    main()

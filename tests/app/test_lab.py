"""The lab, as an engineer meets it who asks what coordination costs."""

import asyncio
import time

import pytest

from lab.design import designed
from lab.experiment import run_experiment
from lab.runfile import Runfile
from runtime.desk.fake import FakeDesk
from runtime.logbook import MemoryLogbook
from tests.app.conftest import Visit
from tests.app.words import press, read, table
from tests.support.triage import triage

PATIENCE = 120.0


def desk_with(*runfiles: Runfile) -> FakeDesk:
    desk = FakeDesk({"triage": triage})
    for runfile in runfiles:
        asyncio.run(run_experiment(designed(runfile), desk.logbook))
    return desk


SIZES = Runfile(name="sizes_of_mine", agents=(1, 2, 4), cases=5)
RATES = Runfile(name="rates", agents=(2, 3), shapes=("hub", "mesh", "single"), fault_rate=(0.1, 0.3), cases=5)


@pytest.fixture(scope="module")
def kept() -> FakeDesk:
    return desk_with(RATES, SIZES)


def test_the_newest_experiment_says_what_it_found_and_shows_every_cell(kept: FakeDesk, visit: Visit) -> None:
    at = visit(kept, "lab")
    assert not at.exception
    assert at.selectbox(key="lab-experiment").options[0].startswith("sizes_of_mine")
    said = read(at)
    assert "Where does coordination explode?" in said
    assert "How often must a human step in?" in said
    assert "everybody speaks in rounds" in said, "what a mesh is"
    assert len(table(at)) == 15
    assert {row["shape"] for row in table(at)} == {"single", "pipeline", "hub", "supervisor", "mesh"}


def test_another_experiment_and_a_fault_rate_can_be_chosen(kept: FakeDesk, visit: Visit) -> None:
    at = visit(kept, "lab")
    other = next(each.id for each in kept.logbook.experiments() if each.name == "rates")
    at.selectbox(key="lab-experiment").set_value(other).run()
    assert "faults in 30 %" in read(at)
    at.segmented_control(key=f"lab-fault-rate-{other}").select(0.1).run()
    assert not at.exception
    assert "faults in 10 %" in read(at)


def test_every_plot_can_be_looked_at(kept: FakeDesk, visit: Visit) -> None:
    at = visit(kept, "lab")
    other = next(each.id for each in kept.logbook.experiments() if each.name == "rates")
    at.selectbox(key="lab-experiment").set_value(other).run()
    for name in ("overhead", "turns", "questions", "quality", "worth"):
        at.segmented_control(key="lab-plot").select(name).run()
        assert not at.exception
        assert not at.error
        assert len(at.get("image")) == 1


def test_the_table_can_show_the_intervals(kept: FakeDesk, visit: Visit) -> None:
    at = visit(kept, "lab")
    at.toggle(key="lab-more").set_value(True).run()
    [first, *_] = table(at)
    assert first["turns_low"] == first["turns_high"] == 1


def test_where_nothing_is_kept_a_first_look_is_one_press_away(visit: Visit) -> None:
    desk = desk_with()
    at = visit(desk, "lab")
    assert "No experiment is kept yet." in read(at)
    press(at, "lab-run")
    until = time.monotonic() + PATIENCE
    while not (found := desk.logbook.experiments()) or found[0].done < found[0].total or found[0].finished_at is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    at.run()
    assert not at.exception
    assert "is done: 400 trials" in read(at)
    assert "Where does coordination explode?" in read(at)


def test_a_large_one_is_told_as_a_command(visit: Visit) -> None:
    at = visit(desk_with(), "lab")
    at.selectbox(key="lab-runfile").set_value("sizes").run()
    assert [each.value for each in at.code] == ["roundhouse lab sizes"]
    assert "lab-run" not in {button.key for button in at.button}


def test_one_that_is_not_done_says_so(visit: Visit) -> None:
    desk = desk_with()
    experiment = designed(SIZES)
    whole = MemoryLogbook()
    asyncio.run(run_experiment(experiment, whole))
    row = whole.experiment(experiment.id)
    asyncio.run(desk.logbook.begin(row))
    some = [(place, trial) for place in range(15) for trial in whole.trials(row.id)[5 * place : 5 * place + 3]]
    asyncio.run(desk.logbook.keep(row.id, some))
    assert "So far 45 of 75 trials are done." in read(visit(desk, "lab"))

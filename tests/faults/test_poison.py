"""One bad write among many: it fails alone, and what was acknowledged is on disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults import tables
from tests.faults.mischief import GROUP, POISONED, start_all, write_a_poisoned_group
from tests.faults.site import KILLED, Site

POISON = {
    "sqlite": (
        "CREATE TRIGGER poison BEFORE INSERT ON outbox WHEN NEW.case_id = '{case}' "
        "BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'poisoned' USING ERRCODE = '23514'; END $$",
        "CREATE TRIGGER poison BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.case_id = '{case}') "
        "EXECUTE FUNCTION poison()",
    ),
}
"""A constraint that the effect of one case breaks, in the words of each database."""

ANTIDOTE = {
    "sqlite": ("DROP TRIGGER poison",),
    "postgresql": ("DROP TRIGGER poison ON outbox", "DROP FUNCTION poison()"),
}


@contextmanager
def poison_for(site: Site, case: str) -> Iterator[None]:
    """Have the database refuse the effect of one case."""
    tables.execute(site.url, *(line.format(case=case) for line in POISON[site.database]))
    try:
        yield
    finally:
        tables.execute(site.url, *ANTIDOTE[site.database])


def test_one_poisoned_write_in_a_group_fails_alone(site: Site) -> None:
    child = site.children.start(write_a_poisoned_group, site.world)
    assert child.end() == KILLED
    site.tally("poisoned write").kills += 1
    good = [number for number in range(GROUP) if number != POISONED]
    landed = [row.line for row in tables.rows(site.url, "SELECT line FROM quarantine ORDER BY line")]
    assert list(child.heard("acknowledged")) == [good]
    assert list(child.heard("refused")) == [["IntegrityError"]]
    assert landed == good


def test_one_poisoned_run_among_many_fails_alone_and_can_be_taken_up_later(site: Site) -> None:
    tickets = site.tickets("", GROUP)
    poisoned = tickets[POISONED]
    with poison_for(site, poisoned.case["id"]):
        child = site.children.run(start_all, site.world, tickets)
    assert [run for status, run in child.said if status != "completed"] == [poisoned.run]
    assert list(child.heard("ValueRefused")) == [poisoned.run]
    site.carry_on("poisoned run", tickets, "the poison is gone")

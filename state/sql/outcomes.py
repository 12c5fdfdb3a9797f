"""Outcomes in SQL: what really happened to cases, and the judgements that are graded by it.

Of two outcomes of one case that both say when they happened, the later counts, in whatever order they come; else the
one that was recorded last. All that is said of some cases goes into one transaction, with the grades that follow.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, select, update

from state.graded import Graded
from state.judgement import OutcomeRow
from state.sql.keep import insert_or_keep
from state.sql.looks import begin_errors_anew
from state.sql.tables import certificates, judgements, outcomes, records, runs, tombstones
from state.sql.tombstones import case_digest

TOGETHER = 500
"""How many runs are named in one statement."""

Fate = Literal["recorded", "unchanged", "corrected", "out of date", "unknown", "forgotten"]
"""What became of an outcome. ``corrected``: the label is another than before. ``out of date``: what happened later is
known. ``unknown``: no such case was run here. ``forgotten``: it was, and its data were removed."""

Grade = Callable[[Mapping[str, Any], Mapping[str, str]], str | None]
"""The kind of error of a judged decision, as plain JSON, given the label by its heading; ``RIGHT`` where it was right,
None where that cannot be said."""


@dataclass(frozen=True, slots=True)
class Graders:
    """Whose judgements are graded, and how."""

    workflow: str
    """The name that it is run by."""
    profile: str | None
    """That of the runs; those of another are left as they are."""
    judged: str
    """The name of the judged decision."""
    grade: Grade


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some outcomes."""

    fates: tuple[Fate, ...]
    """Of each, in their order."""
    graded: int
    """How many runs have a grade by them now."""
    ungraded: int
    """How many runs have none, although it is known what happened."""
    signatures: frozenset[str]
    """Of the runs with a certificate whose grade is new."""


def record(connection: Connection, graders: Graders, heard: Sequence[OutcomeRow]) -> Taken:
    """Take down outcomes in their order, and grade the runs of their cases."""
    cases = {each.case_id for each in heard}
    there = _runs(connection, graders.workflow, cases)
    known = {run.case_id for run in there}
    forgotten = _forgotten(connection, graders.workflow, cases - known)
    fates, labels = _merged(connection, graders.workflow, [each for each in heard if each.case_id in known])
    left = iter(fates)
    said: list[Fate] = [
        next(left) if each.case_id in known else "forgotten" if each.case_id in forgotten else "unknown"
        for each in heard
    ]
    of_profile = [run for run in there if run.profile == graders.profile]
    graded, ungraded, signatures = _grade(connection, graders, of_profile, labels)
    return Taken(tuple(said), graded, ungraded, signatures)


def find_outcome(connection: Connection, workflow: str, case: str) -> OutcomeRow | None:
    """What happened to a case; None where nobody has said so."""
    here = (outcomes.c.workflow == workflow, outcomes.c.case_id == case)
    row = connection.execute(select(outcomes).where(*here)).one_or_none()
    return None if row is None else OutcomeRow.model_validate(dict(row._mapping))


def read_graded(
    connection: Connection,
    workflow: str | None = None,
    since: datetime | None = None,
    certificate: str | None = None,
) -> Graded:
    """How many of the cases that came to a standstill since then were wrong in which way; None stands for all."""
    chosen: list[ColumnElement[bool]] = [judgements.c.error.is_not(None)]
    chosen += [judgements.c.workflow == workflow] if workflow is not None else []
    chosen += [judgements.c.at >= since] if since is not None else []
    chosen += [judgements.c.certificate == certificate] if certificate is not None else []
    by = (judgements.c.asked, judgements.c.error)
    counts: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for asked, error, count in connection.execute(select(*by, func.count()).where(*chosen).group_by(*by)):
        counts[asked][error] = count
    return Graded(asked=counts[True], automated=counts[False])


def judged_profiles(connection: Connection, workflow: str) -> list[str | None]:
    """The profiles that the runs of a workflow with a judgement were started with; None for its own."""
    profile = runs.c.pins["profile"].as_string()
    query = select(profile).join(judgements, judgements.c.run == runs.c.id).where(judgements.c.workflow == workflow)
    return sorted(connection.execute(query.distinct()).scalars(), key=lambda name: name or "")


def judged_workflows(connection: Connection) -> list[str]:
    """The workflows with a judgement, by name."""
    return sorted(connection.execute(select(judgements.c.workflow).distinct()).scalars())


def _runs(connection: Connection, workflow: str, cases: Collection[str]) -> Sequence[Row[Any]]:
    """The runs of some cases but for what-ifs; none of them is forgotten until the transaction ends."""
    profile = runs.c.pins["profile"].as_string().label("profile")
    here = (runs.c.workflow == workflow, runs.c.case_id.in_(cases), runs.c.origin.is_(None))
    query: Select[Any] = select(runs.c.id, runs.c.case_id, runs.c.signature, profile).where(*here).order_by(runs.c.id)
    return connection.execute(query.with_for_update(read=True, key_share=True)).all()


def _forgotten(connection: Connection, workflow: str, cases: Collection[str]) -> set[str]:
    by_digest = {case_digest(workflow, case): case for case in cases}
    query = select(tombstones.c.case_digest).where(tombstones.c.case_digest.in_(by_digest))
    return {by_digest[digest] for digest in connection.execute(query).scalars()}


def _merged(
    connection: Connection, workflow: str, heard: Sequence[OutcomeRow]
) -> tuple[list[Fate], dict[str, Mapping[str, str]]]:
    """What became of each, and the label that each case has then."""
    if not heard:
        return [], {}
    first = {each.case_id: each for each in reversed(heard)}
    new = _inserted(connection, [first[case] for case in sorted(first)])
    here = (outcomes.c.workflow == workflow, outcomes.c.case_id.in_(first))
    query = select(outcomes).where(*here).order_by(outcomes.c.case_id).with_for_update()
    before = {row.case_id: OutcomeRow.model_validate(dict(row._mapping)) for row in connection.execute(query)}
    now, fates = dict(before), list[Fate]()
    for each in heard:
        if each.case_id in new:
            new.remove(each.case_id)
            fates.append("recorded")
            continue
        fate, now[each.case_id] = _merge(now[each.case_id], each)
        fates.append(fate)
    _replace(connection, [row for case, row in now.items() if row != before[case]])
    return fates, {case: row.label for case, row in now.items()}


def _merge(known: OutcomeRow, heard: OutcomeRow) -> tuple[Fate, OutcomeRow]:
    """Which of two outcomes of a case counts. Pure."""
    if known.happened_at is not None and heard.happened_at is not None and heard.happened_at < known.happened_at:
        return ("unchanged" if heard.label == known.label else "out of date"), known
    if heard.label != known.label:
        return "corrected", heard
    if heard.happened_at in (None, known.happened_at):
        return "unchanged", known
    return "unchanged", known.model_copy(update={"happened_at": heard.happened_at})


def _inserted(connection: Connection, rows: Iterable[OutcomeRow]) -> set[str]:
    """The cases of which nothing was known."""
    statement = insert_or_keep(connection, outcomes).values([dict(row) for row in rows])
    return set(connection.execute(statement.returning(outcomes.c.case_id)).scalars())


def _replace(connection: Connection, rows: Sequence[OutcomeRow]) -> None:
    here = (outcomes.c.workflow == bindparam("of"), outcomes.c.case_id == bindparam("case"))
    given = [
        {"of": row.workflow, "case": row.case_id, **row.model_dump(exclude={"workflow", "case_id"})} for row in rows
    ]
    if given:
        connection.execute(update(outcomes).where(*here), given)


def _grade(
    connection: Connection, graders: Graders, there: Sequence[Row[Any]], labels: Mapping[str, Mapping[str, str]]
) -> tuple[int, int, frozenset[str]]:
    """Grade some runs: how many have a grade, how many have none, and of which signatures it is new."""
    run_of = {row.id: row for row in there}
    judged = _judged(connection, list(run_of))
    values = _values(connection, graders, [row.run for row in judged])
    grades = {
        row.run: graders.grade(values[row.run], labels[run_of[row.run].case_id]) if row.run in values else None
        for row in judged
    }
    changed = [row for row in judged if grades[row.run] != row.error]
    certified = [row for row in changed if row.certificate is not None]
    # whoever looks at a certificate marks the same judgements, and holds it meanwhile
    held = select(certificates.c.id).where(certificates.c.id.in_({row.certificate for row in certified}))
    connection.execute(held.order_by(certificates.c.id).with_for_update())
    given = [{"of": row.run, "error": grades[row.run]} for row in changed]
    if given:
        connection.execute(update(judgements).where(judgements.c.run == bindparam("of")), given)
    # what was bet on and is corrected was a bet on something else
    begin_errors_anew(connection, {row.certificate for row in certified if row.is_error_seen})
    without = sum(grade is None for grade in grades.values())
    return len(grades) - without, without, frozenset(run_of[row.run].signature for row in certified)


def _judged(connection: Connection, of: Sequence[str]) -> list[Row[Any]]:
    columns = [judgements.c[name] for name in ("run", "certificate", "error", "is_error_seen")]
    found: list[Row[Any]] = []
    for start in range(0, len(of), TOGETHER):
        query: Select[Any] = select(*columns).where(judgements.c.run.in_(of[start : start + TOGETHER]))
        found += connection.execute(query.order_by(judgements.c.run)).all()
    return found


def _values(connection: Connection, graders: Graders, of: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What agents decided last in the judged decision, by run; a human's edit is not the hub's error."""
    by_agents = (records.c.decision == graders.judged, records.c.maker_kind == "agent", records.c.outcome == "decided")
    query = select(records.c.run, records.c.value).where(*by_agents).order_by(records.c.run, records.c.version)
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(of), TOGETHER):
        rows = connection.execute(query.where(records.c.run.in_(of[start : start + TOGETHER])))
        found |= {row.run: row.value for row in rows if row.value is not None}
    return found

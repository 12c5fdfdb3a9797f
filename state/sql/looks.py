"""Looks at what was run under a certificate, in SQL: each takes in what nobody has looked at yet.

Whoever looks holds the certificate's row meanwhile, so that many processes share one watch.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, or_, select, true, update

from state.judgement import RIGHT
from state.keyed import toss
from state.sql.certificates import Governing, governing_of, the_key
from state.sql.tables import certificates, judgements, runs
from state.sql.tables.attention import unseen, unseen_error
from state.watch import Alarm, Sighting, Watch, Wealth

AT_ONCE = 10_000
"""How many cases one look takes in at the most."""

PATIENCE = 100, 4
"""A run that is under way is waited for until so many later ones have stood still, and so many for each under way."""


@dataclass(frozen=True, slots=True)
class News:
    """What has been run and graded under a certificate since it was last looked at."""

    sightings: tuple[Sighting, ...]
    errors: tuple[bool, ...]
    """Of each automated case that was graded, whether it was wrong, in the order of their runs; a case once."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How a certificate stands after a look."""

    governing: Governing
    is_done: bool
    """Whether all was looked at that there was to look at."""


Fold = Callable[[Governing, News], tuple[Watch, Alarm | None]]
"""What the news make of a watch, and whether they raise the alarm. Pure."""


def look(connection: Connection, certificate: str, fold: Fold, now: datetime) -> Looked | None:
    """Take in what has been run under a certificate since the last look, and withdraw it where the alarm is raised.

    None where there is no such certificate.
    """
    this = certificates.c.id == certificate
    row = connection.execute(select(certificates).where(this).with_for_update()).one_or_none()
    if row is None:
        return None
    seen, graded = _unseen(connection, certificate, now), _ungraded(connection, certificate)
    if not seen and not graded:
        return Looked(governing_of(row), is_done=True)
    watch, alarm = fold(governing_of(row), _news(connection, certificate, seen, graded))
    values: dict[str, Any] = {"watch": watch.model_dump(mode="json")}
    if alarm is not None and row.status == "standing":
        values |= {"status": "withdrawn", "ended_at": now, "ended_because": alarm.reason}
    connection.execute(update(certificates).where(this).values(values))
    _mark(connection, [each.run for each in seen], "is_seen")
    _mark(connection, [each.run for each in graded], "is_error_seen")
    after = governing_of(connection.execute(select(certificates).where(this)).one())
    return Looked(after, is_done=max(len(seen), len(graded)) < AT_ONCE)


def to_look_at(connection: Connection) -> list[tuple[str, str]]:
    """The workflows, each with the signature, of the certificates under which something was run since the last look."""
    news = or_(
        select(judgements.c.run).where(judgements.c.certificate == certificates.c.id, unseen).exists(),
        select(judgements.c.run).where(judgements.c.certificate == certificates.c.id, unseen_error).exists(),
    )
    in_force = certificates.c.status != "replaced"
    query = select(certificates.c.workflow, certificates.c.signature).where(in_force, news).distinct()
    return [(workflow, signature) for workflow, signature in connection.execute(query)]


def begin_errors_anew(connection: Connection, ids: Collection[str]) -> None:
    """Have certificates held against all their errors from the beginning, since some of these were corrected.

    Whoever calls this holds their rows.
    """
    for row in connection.execute(select(certificates).where(certificates.c.id.in_(ids))).all():
        watch = Watch.model_validate(row.watch).model_copy(update={"errors": Wealth(), "graded": 0, "wrong": 0})
        anew = update(certificates).where(certificates.c.id == row.id)
        connection.execute(anew.values(watch=watch.model_dump(mode="json")))
        graded = (judgements.c.certificate == row.id, judgements.c.error.is_not(None))
        connection.execute(update(judgements).where(*graded).values(is_error_seen=False))


def waited_for(stood: Sequence[datetime], under_way: Sequence[datetime]) -> datetime | None:
    """When the first run began that is waited for, given when those that stood still did and those under way. Pure.

    One that takes very long is not: it is counted when it stands still.
    """
    fixed, each = PATIENCE
    patience = fixed + each * len(under_way)
    for began in sorted(under_way):
        if sum(other > began for other in stood) <= patience:
            return began
    return None


def _news(connection: Connection, certificate: str, seen: Sequence[Row[Any]], graded: Sequence[Row[Any]]) -> News:
    key, repeated, again = the_key(connection), _repeated(seen), _repeated(graded)
    sightings = tuple(
        Sighting(
            run=each.run,
            confidence=each.confidence,
            asked=each.asked,
            toss=toss(key, f"{certificate}\n{each.run}"),
            is_repeated=each.run in repeated,
        )
        for each in seen
    )
    return News(sightings, tuple(each.error != RIGHT for each in graded if each.run not in again))


def _unseen(connection: Connection, certificate: str, now: datetime) -> Sequence[Row[Any]]:
    """In the order in which runs began, up to the first that is still under way and worth waiting for.

    In the order in which they stand still, the first of many at once would be those that ask.
    """
    query = select(*_judged(judgements.c.is_seen)).where(judgements.c.certificate == certificate, unseen)
    found = connection.execute(query.order_by(judgements.c.started_at, judgements.c.run).limit(AT_ONCE)).all()
    first = waited_for([row.started_at for row in found], _under_way(connection, certificate, now)) if found else None
    return found if first is None else [row for row in found if row.started_at < first]


def _under_way(connection: Connection, certificate: str, now: datetime) -> Sequence[datetime]:
    """When the runs under a certificate began that somebody drives, and that have not stood still yet."""
    named = [runs.c.pins[name].as_string() == certificate for name in ("certificate", "withdrawn")]
    is_judged = select(judgements.c.run).where(judgements.c.run == runs.c.id).exists()
    driven = (runs.c.driver.is_not(None), runs.c.lease_until > now, runs.c.origin.is_(None))
    return connection.execute(select(runs.c.created_at).where(*driven, or_(*named), ~is_judged)).scalars().all()


def _ungraded(connection: Connection, certificate: str) -> Sequence[Row[Any]]:
    query = select(*_judged(judgements.c.is_error_seen)).where(judgements.c.certificate == certificate, unseen_error)
    return connection.execute(query.order_by(judgements.c.started_at, judgements.c.run).limit(AT_ONCE)).all()


def _judged(is_seen: Column[bool]) -> list[ColumnElement[Any]]:
    """What is read of judgements, with whether one of the same case was looked at before."""
    other = judgements.alias("other")
    same = [other.c[name] == judgements.c[name] for name in ("workflow", "case_id", "certificate")]
    before = select(other.c.run).where(*same, other.c[is_seen.name].is_(true())).exists()
    names = ("run", "case_id", "confidence", "asked", "error", "started_at")
    return [*(judgements.c[name] for name in names), before.label("before")]


def _repeated(found: Sequence[Row[Any]]) -> frozenset[str]:
    """The runs of cases that were run before under the same certificate: nothing new is learnt of them."""
    known: set[str] = set()
    repeated: set[str] = set()
    for row in found:
        if row.before or row.case_id in known:
            repeated.add(row.run)
        known.add(row.case_id)
    return frozenset(repeated)


def _mark(connection: Connection, ids: Sequence[str], what: str) -> None:
    for start in range(0, len(ids), 500):
        chosen = judgements.c.run.in_(ids[start : start + 500])
        connection.execute(update(judgements).where(chosen).values({what: True}))

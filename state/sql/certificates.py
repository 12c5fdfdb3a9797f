"""Certificates in SQL: issued, found for a workflow version, watched, and withdrawn.

The newest certificate of a workflow's signature governs its runs, also after it was withdrawn: then the policy that it
was issued with holds. Whoever looks at what has been run since holds the certificate's row while doing so.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select, update

from state.certificate import Certificate
from state.judgement import RIGHT
from state.keyed import toss
from state.sql.keep import insert_or_keep
from state.sql.tables import certificates, judgements, keys, runs
from state.sql.tables.attention import unseen, unseen_error
from state.watch import Alarm, Sighting, Watch

LOOKED_AT = 10_000
"""How many cases one look takes in at the most."""

KEY = "attention"
"""The name of the key that cases are drawn with."""


@dataclass(frozen=True, slots=True)
class Governing:
    """A certificate and its watch."""

    certificate: Certificate
    watch: Watch


@dataclass(frozen=True, slots=True)
class News:
    """What has been run and graded under a certificate since it was last looked at."""

    sightings: tuple[Sighting, ...]
    errors: tuple[bool, ...]
    """Of each automated case that was graded, whether it was wrong, in the order of their runs."""


Fold = Callable[[Governing, News], tuple[Watch, Alarm | None]]
"""What the news make of a watch, and whether they raise the alarm. Pure."""


def issue(connection: Connection, certificate: Certificate) -> str | None:
    """Have a certificate govern the runs of its signature from now on; returns the one whose place it takes.

    None where none stood.
    """
    same = (certificates.c.workflow == certificate.workflow, certificates.c.signature == certificate.signature)
    standing = select(certificates.c.id).where(*same, certificates.c.status == "standing").with_for_update()
    before: str | None = connection.execute(standing).scalar()
    replaced = {"status": "replaced", "ended_at": certificate.issued_at}
    connection.execute(update(certificates).where(*same, certificates.c.status == "standing").values(replaced))
    row = {
        "id": certificate.id,
        "workflow": certificate.workflow,
        "signature": certificate.signature,
        "issued_at": certificate.issued_at,
        "status": certificate.status,
        "ended_because": "",
        "content": certificate.model_dump(mode="json", exclude={"status", "ended_at", "ended_because"}),
        "watch": Watch().model_dump(mode="json"),
    }
    connection.execute(certificates.insert().values(row))
    return before


def governing(connection: Connection, workflow: str, signature: str) -> Governing | None:
    """The newest certificate of a workflow's signature; None where it has none."""
    query = _newest_first().where(certificates.c.workflow == workflow, certificates.c.signature == signature)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _governing(row)


def newest_of(connection: Connection, workflow: str) -> Governing | None:
    """The newest certificate of a workflow, of whatever signature; None where it never had one."""
    row = connection.execute(_newest_first().where(certificates.c.workflow == workflow).limit(1)).one_or_none()
    return None if row is None else _governing(row)


def list_certificates(connection: Connection, workflow: str | None = None, limit: int = 100) -> Sequence[Certificate]:
    """Certificates, newest first."""
    query = _newest_first() if workflow is None else _newest_first().where(certificates.c.workflow == workflow)
    return [_governing(row).certificate for row in connection.execute(query.limit(limit))]


def look(connection: Connection, certificate: str, fold: Fold, now: datetime) -> Governing | None:
    """Take in what has been run under a certificate since the last look, and withdraw it where the alarm is raised.

    Returns how it stands then; None where there is no such certificate.
    """
    row = connection.execute(
        select(certificates).where(certificates.c.id == certificate).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    before = _governing(row)
    seen, graded = _unseen(connection, certificate, now), _ungraded(connection, certificate)
    if not seen and not graded:
        return before
    key = the_key(connection)
    sightings = tuple(
        Sighting(
            run=each.run, confidence=each.confidence, asked=each.asked, toss=toss(key, f"{certificate}\n{each.run}")
        )
        for each in seen
    )
    watch, alarm = fold(before, News(sightings, tuple(each.error != RIGHT for each in graded)))
    values: dict[str, Any] = {"watch": watch.model_dump(mode="json")}
    if alarm is not None and row.status == "standing":
        values |= {"status": "withdrawn", "ended_at": now, "ended_because": alarm.reason}
    connection.execute(update(certificates).where(certificates.c.id == certificate).values(values))
    _mark(connection, [each.run for each in seen], "is_seen")
    _mark(connection, [each.run for each in graded], "is_error_seen")
    return _governing(connection.execute(select(certificates).where(certificates.c.id == certificate)).one())


def to_look_at(connection: Connection) -> list[tuple[str, str]]:
    """The workflows, each with the signature, of the certificates under which something was run since the last look."""
    news = or_(
        select(judgements.c.run).where(judgements.c.certificate == certificates.c.id, unseen).exists(),
        select(judgements.c.run).where(judgements.c.certificate == certificates.c.id, unseen_error).exists(),
    )
    query = select(certificates.c.workflow, certificates.c.signature).where(news).distinct()
    return [(workflow, signature) for workflow, signature in connection.execute(query)]


def the_key(connection: Connection) -> str:
    """The database's key for drawing cases; made the first time."""
    query = select(keys.c.secret).where(keys.c.name == KEY)
    found: str | None = connection.execute(query).scalar_one_or_none()
    if found is None:
        connection.execute(insert_or_keep(connection, keys).values(name=KEY, secret=secrets.token_hex(32)))
        found = connection.execute(query).scalar_one()
    return found


def _newest_first() -> Select[Any]:
    return select(certificates).order_by(certificates.c.issued_at.desc(), certificates.c.id)


def _governing(row: Row[Any]) -> Governing:
    ends = {"status": row.status, "ended_at": row.ended_at, "ended_because": row.ended_because}
    return Governing(Certificate.model_validate({**row.content, **ends}), Watch.model_validate(row.watch))


def _unseen(connection: Connection, certificate: str, now: datetime) -> Sequence[Row[Any]]:
    """In the order in which runs began, up to the first that is still under way.

    In the order in which they stand still, the first of many at once would be those that ask.
    """
    columns = [judgements.c[name] for name in ("run", "confidence", "asked")]
    waits = [judgements.c.certificate == certificate, unseen]
    first = _first_under_way(connection, certificate, now)
    waits += [] if first is None else [judgements.c.started_at < first]
    query = select(*columns).where(*waits).order_by(judgements.c.started_at, judgements.c.run).limit(LOOKED_AT)
    return connection.execute(query).all()


def _first_under_way(connection: Connection, certificate: str, now: datetime) -> datetime | None:
    """When the first run under a certificate began that somebody drives, and that has not stood still yet."""
    named = [runs.c.pins[name].as_string() == certificate for name in ("certificate", "withdrawn")]
    is_judged = select(judgements.c.run).where(judgements.c.run == runs.c.id).exists()
    driven = (runs.c.driver.is_not(None), runs.c.lease_until > now, runs.c.origin.is_(None))
    query = select(func.min(runs.c.created_at)).where(*driven, or_(*named), ~is_judged)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def _ungraded(connection: Connection, certificate: str) -> Sequence[Row[Any]]:
    columns = [judgements.c[name] for name in ("run", "error")]
    query = select(*columns).where(judgements.c.certificate == certificate, unseen_error)
    return connection.execute(query.order_by(judgements.c.started_at, judgements.c.run).limit(LOOKED_AT)).all()


def _mark(connection: Connection, ids: Sequence[str], what: str) -> None:
    for start in range(0, len(ids), 500):
        chosen = judgements.c.run.in_(ids[start : start + 500])
        connection.execute(update(judgements).where(chosen).values({what: True}))

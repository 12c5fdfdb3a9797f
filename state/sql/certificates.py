"""Certificates in SQL: issued, and found for a workflow version.

The certificate of a signature that stands governs its runs; where none does, the one that was withdrawn last, whose
policy holds then. What becomes of it is in :mod:`state.sql.looks`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from state.certificate import Certificate
from state.sql.keep import insert_or_keep
from state.sql.tables import certificates, keys, signatures
from state.watch import Watch

KEY = "attention"
"""The name of the key that cases are drawn with."""


@dataclass(frozen=True, slots=True)
class Governing:
    """A certificate and its watch."""

    certificate: Certificate
    watch: Watch


def issue(connection: Connection, certificate: Certificate) -> str | None:
    """Have a certificate govern the runs of its signature from now on; returns the one whose place it takes.

    None where none stood.
    """
    # of two that are issued at once, the second waits for the first
    connection.execute(select(signatures.c.id).where(signatures.c.id == certificate.signature).with_for_update())
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
    """The certificate of a workflow's signature that stands, or else was withdrawn last; None where it has none."""
    in_force = select(certificates).where(certificates.c.status != "replaced")
    query = in_force.where(certificates.c.workflow == workflow, certificates.c.signature == signature)
    order = (certificates.c.status == "standing").desc(), certificates.c.ended_at.desc(), certificates.c.id
    row = connection.execute(query.order_by(*order).limit(1)).one_or_none()
    return None if row is None else governing_of(row)


def newest_of(connection: Connection, workflow: str) -> Governing | None:
    """The newest certificate of a workflow, of whatever signature; None where it never had one."""
    query = _newest_first().where(certificates.c.workflow == workflow, certificates.c.status != "replaced")
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else governing_of(row)


def list_certificates(connection: Connection, workflow: str | None = None, limit: int = 100) -> Sequence[Certificate]:
    """Certificates, newest first."""
    query = _newest_first() if workflow is None else _newest_first().where(certificates.c.workflow == workflow)
    return [governing_of(row).certificate for row in connection.execute(query.limit(limit))]


def the_key(connection: Connection) -> str:
    """The database's key for drawing cases; made the first time."""
    query = select(keys.c.secret).where(keys.c.name == KEY)
    found: str | None = connection.execute(query).scalar_one_or_none()
    if found is None:
        connection.execute(insert_or_keep(connection, keys).values(name=KEY, secret=secrets.token_hex(32)))
        found = connection.execute(query).scalar_one()
    return found


def governing_of(row: Row[Any]) -> Governing:
    """The certificate of a row, with its watch."""
    ends = {"status": row.status, "ended_at": row.ended_at, "ended_because": row.ended_because}
    return Governing(Certificate.model_validate({**row.content, **ends}), Watch.model_validate(row.watch))


def _newest_first() -> Select[Any]:
    return select(certificates).order_by(certificates.c.issued_at.desc(), certificates.c.id)

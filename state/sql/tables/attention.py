"""The tables of human attention: certificates, what they are watched by, outcomes, spot checks and accepted rules."""

from sqlalchemy import Boolean, Column, Float, Index, String, Table, Text, false

from state.sql.columns import Document, Moment
from state.sql.tables.naming import metadata

certificates = Table(
    "certificates",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("signature", String, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("ended_at", Moment),
    Column("ended_because", Text, nullable=False, server_default=""),
    Column("content", Document, nullable=False),
    Column("watch", Document, nullable=False),
)
Index("ix_certificates_workflow_signature", certificates.c.workflow, certificates.c.signature)

# what the watch has yet to see is found by the two partial indexes, however many cases there were
judgements = Table(
    "judgements",
    metadata,
    Column("run", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("certificate", String),
    Column("threshold", Float, nullable=False),
    Column("confidence", Float),
    Column("asked", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    Column("error", String),
    Column("is_seen", Boolean, nullable=False, server_default=false()),
    Column("is_error_seen", Boolean, nullable=False, server_default=false()),
)
Index("ix_judgements_case_id_workflow", judgements.c.case_id, judgements.c.workflow)
unseen = judgements.c.certificate.is_not(None) & judgements.c.is_seen.is_(false())
unseen_error = (
    judgements.c.certificate.is_not(None)
    & judgements.c.error.is_not(None)
    & judgements.c.is_error_seen.is_(false())
    & judgements.c.asked.is_(false())
)
Index("ix_judgements_unseen", judgements.c.certificate, sqlite_where=unseen, postgresql_where=unseen)
Index("ix_judgements_graded", judgements.c.certificate, sqlite_where=unseen_error, postgresql_where=unseen_error)
Index(
    "ix_judgements_error",
    *(judgements.c[name] for name in ("workflow", "certificate", "asked", "error", "at")),
    sqlite_where=judgements.c.error.is_not(None),
    postgresql_where=judgements.c.error.is_not(None),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("workflow", String, primary_key=True),
    Column("case_id", String, primary_key=True),
    Column("label", Document, nullable=False),
    Column("happened_at", Moment),
    Column("recorded_at", Moment, nullable=False),
    Column("source", String, nullable=False),
)

spot_checks = Table(
    "spot_checks",
    metadata,
    # a case that is run again is not put to a reviewer again, who knows it by then
    Column("workflow", String, primary_key=True),
    Column("case_id", String, primary_key=True),
    Column("run", String, nullable=False),
    Column("status", String, nullable=False),
    Column("drawn_at", Moment, nullable=False),
    Column("verdict", Text),
    Column("agreed", Boolean),
    Column("by", String),
    Column("answered_at", Moment),
)
Index("ix_spot_checks_run", spot_checks.c.run)
Index("ix_spot_checks_status_drawn_at", spot_checks.c.status, spot_checks.c.drawn_at)

rules = Table(
    "rules",
    metadata,
    Column("id", String, primary_key=True),
    Column("workflow", String, nullable=False),
    Column("conflict", String, nullable=False),
    Column("prefer", String, nullable=False),
    Column("support", Document, nullable=False),
    Column("accepted_by", String, nullable=False),
    Column("accepted_at", Moment, nullable=False),
    Column("revoked_by", String),
    Column("revoked_at", Moment),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("secret", String, nullable=False),
)

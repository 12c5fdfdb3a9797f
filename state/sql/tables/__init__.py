"""The tables, once, for SQLite and PostgreSQL.

None of the names is one of LangGraph's own (``checkpoints``, ``writes``, ``store`` and the like), so both
can live in one database.
"""

from state.sql.tables.attention import certificates, judgements, keys, outcomes, rules, spot_checks
from state.sql.tables.batches import batches, quarantine, signatures
from state.sql.tables.checkpoints import saved_checkpoints, saved_writes
from state.sql.tables.lab import experiments, trials
from state.sql.tables.naming import metadata
from state.sql.tables.outbox import outbox
from state.sql.tables.queue import limits, slots, workers
from state.sql.tables.reviews import reviews
from state.sql.tables.runs import conflicts, executions, notes, records, runs
from state.sql.tables.schedules import schedules
from state.sql.tables.trail import audit, tombstones

__all__ = [
    "audit",
    "batches",
    "certificates",
    "conflicts",
    "executions",
    "experiments",
    "judgements",
    "keys",
    "limits",
    "metadata",
    "notes",
    "outbox",
    "outcomes",
    "quarantine",
    "records",
    "reviews",
    "rules",
    "runs",
    "saved_checkpoints",
    "saved_writes",
    "schedules",
    "signatures",
    "slots",
    "spot_checks",
    "tombstones",
    "trials",
    "workers",
]

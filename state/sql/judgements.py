"""Judgements on cases in SQL: kept once for each run, when it first stands still."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Dialect

from state.judgement import Judgement
from state.sql.inserts import Insert, Rows
from state.sql.tables import judgements, spot_checks

_JUDGEMENTS = Insert(judgements, "keep")
_SPOT_CHECKS = Insert(spot_checks, "keep")


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement, and whether the case is put to a reviewer once more."""

    judgement: Judgement
    spot_check: Literal["drawn", "not drawn"] = "not drawn"


def judgement_rows(dialect: Dialect, judged: Judged) -> Rows:
    """The rows of a judgement; a later one of the same run changes nothing."""
    row = dict(judged.judgement)
    rows = {_JUDGEMENTS: [_JUDGEMENTS.bind(dialect, {**row, "is_seen": False, "is_error_seen": False})]}
    if judged.spot_check == "drawn":
        drawn = {name: row[name] for name in ("run", "workflow", "case_id")}
        check = {**drawn, "status": "open", "drawn_at": row["at"]}
        rows[_SPOT_CHECKS] = [_SPOT_CHECKS.bind(dialect, check)]
    return Rows(rows)

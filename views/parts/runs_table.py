"""The table of runs: filtered, a page at a time, and to be downloaded."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import streamlit as st

from runtime.desk.desk import Desk
from state.duration import lasting
from state.run import RunFilter, RunRow, RunStatus
from views.parts.choice import one_or_all
from views.parts.text import zone

PER_PAGE = 50
"""How many runs are shown at a time."""

PERIODS = {"any time": None, "24 hours": 1, "7 days": 7, "30 days": 30}
"""Days back, by what a period is called."""


def runs_table(here: Desk) -> str | None:
    """The filters, the table and its pages; returns the run that was chosen."""
    chosen = _filters(here)
    total = here.count_runs(chosen)
    if not total:
        _none(chosen)
        return None
    page = _page(total)
    shown = here.runs(chosen, PER_PAGE, (page - 1) * PER_PAGE)
    picked = st.dataframe(
        [_row(each) for each in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        key=f"runs-{page}-{hash(chosen)}",
        height=min(38 + 35 * len(shown), 700),
        column_config={
            "started": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone=str(zone())),
            "questions": st.column_config.NumberColumn("asked", help="Questions that it has put to humans"),
        },
    )
    st.download_button(
        f"Download all {total} as CSV",
        data=lambda: as_csv(here.every_run(chosen)),
        file_name="runs.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    return shown[picked.selection.rows[0]].id if picked.selection.rows else None


def _filters(here: Desk) -> RunFilter:
    with st.container(horizontal=True):
        text = st.text_input("Case or run", key="q", persist_state="session", placeholder="a part of its id", width=200)
        workflow = one_or_all("Workflow", "runs-workflow", here.workflows())
        status = st.selectbox(
            "Status",
            ["all", *get_args(RunStatus)],
            key="status",
            persist_state="session",
            width=140,
        )
        period = st.selectbox("Started", list(PERIODS), key="period", persist_state="session", width=140)
        which = st.pills(
            "Only",
            ["flagged", "asked a human", "what-ifs"],
            selection_mode="multi",
            key="runs-only",
            persist_state="session",
        )
    chosen = RunFilter(
        workflow=workflow,
        status=None if status == "all" else status,
        text=text.strip() or None,
        flagged=True if "flagged" in which else None,
        asked=True if "asked a human" in which else None,
        origin="forks" if "what-ifs" in which else "any",
    )
    return replace(chosen, since=_since(PERIODS[period]))


def _since(days: int | None) -> datetime | None:
    """So many days ago, at the full hour, so that the same filter is the same from one click to the next."""
    if days is None:
        return None
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=days)


def _page(total: int) -> int:
    pages = -(-total // PER_PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{total:,}** runs")
        return int(st.pagination(pages, key=f"runs-page-{pages}")) if pages > 1 else 1


def _none(chosen: RunFilter) -> None:
    if chosen == RunFilter():
        st.info("There are no runs yet.")
        st.page_link("views/start.py", label="Start some", icon=":material/play_arrow:")
    else:
        st.info("No run fits these filters. Take one of them away.")


def _row(run: RunRow) -> dict[str, Any]:
    return {
        "case": run.case_id,
        "status": run.status,
        "questions": run.questions or None,
        "flagged": "flagged" if run.flagged else "",
        "started": run.created_at,
        "took": _took(run),
        "workflow": run.workflow,
        "run": run.id,
    }


def _took(run: RunRow) -> str:
    return lasting((run.ended_at - run.created_at).total_seconds()) if run.ended_at else ""


def as_csv(runs: Iterator[RunRow] | Sequence[RunRow]) -> str:
    """Runs with their decisions, a field a column; texts that a spreadsheet would run as formulas are quoted."""
    rows = [_flat(run) for run in runs]
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    written = io.StringIO()
    writer = csv.DictWriter(written, headings, restval="")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def _flat(run: RunRow) -> dict[str, Any]:
    row = run.model_dump(mode="json", exclude={"decisions"})
    for decision, value in run.decisions.items():
        row |= {f"{decision}.{name}": each for name, each in value.items() if not isinstance(each, list | dict)}
    return row


def _harmless(value: Any) -> Any:
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if is_formula else value

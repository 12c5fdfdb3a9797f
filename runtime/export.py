"""The export: every case of a batch with its decisions, team and status, in the order of the input."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from graphs.workflow import Workflow
from state.errors import UsageError
from state.sql.batches import export_page
from state.sql.store import Store

PAGE = 500
"""How many runs are read at a time."""

FORMATS = (".csv", ".jsonl")


def check_export(path: Path, keep: Sequence[Path] = ()) -> None:
    """Raise ``UsageError`` where nothing can be written to that path, or where it is one of the files to keep."""
    if path.resolve() in [kept.resolve() for kept in keep]:
        raise UsageError(f"{path}: is the input or the database. Write the output to another file.")
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path}: the name of the output must end in {' or '.join(FORMATS)}.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {str(path.parent)!r}.")


def export(store: Store, workflow: Workflow, batch: str, path: Path) -> None:
    """Write the batch to a CSV or JSONL file, which is replaced as a whole. Raises ``UsageError``."""
    path = path.resolve()
    write = _write_csv if path.suffix.lower() == ".csv" else _write_jsonl
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            write(file, workflow, _cases(store, workflow, batch))
        part.replace(path)
    except OSError as refused:
        raise UsageError(f"{path}: cannot be written: {refused.strerror or refused}.") from refused
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _cases(store: Store, workflow: Workflow, batch: str) -> Iterator[dict[str, Any]]:
    after = -1
    while rows := store.read_now(export_page, batch, after, PAGE):
        for row in rows:
            case = workflow.case.model_validate(row.case_data)
            shown = {"case": case.model_dump(mode="json", by_alias=True), "status": row.status, "run": row.id}
            yield {**shown, "decisions": row.decisions}
        after = rows[-1].position


def _write_jsonl(file: TextIO, workflow: Workflow, cases: Iterator[dict[str, Any]]) -> None:
    for case in cases:
        file.write(json.dumps(case, ensure_ascii=False) + "\n")


def _write_csv(file: TextIO, workflow: Workflow, cases: Iterator[dict[str, Any]]) -> None:
    names = [str(field.alias or name) for name, field in workflow.case.model_fields.items()]
    fields = [(name, field) for name in workflow.order for field in workflow.contracts[name].model_fields]
    writer = csv.writer(file)
    writer.writerow([*names, "status", "run", *(f"{name}.{field}" for name, field in fields)])
    for case in cases:
        decided = [case["decisions"].get(name, {}).get(field) for name, field in fields]
        values = [*(case["case"].get(name) for name in names), case["status"], case["run"], *decided]
        writer.writerow(map(_cell, values))


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe in front."""
    match value:
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case str() if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
            return f"'{value}"
        case _:
            return value

"""What the terminal takes and shows where a run goes on otherwise: under another signature, or as a fork."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from state.errors import UsageError
from terminal.content import value_text
from terminal.tables import SHOWN, status_text, table
from terminal.text import plain

if TYPE_CHECKING:
    from graphs.fork import Difference
    from graphs.migration import Carried
    from runtime.forking import Fork
    from runtime.migrating import Migration

SET = """--set 'LeadScore={"probability": 0.9}'"""
"""What a change looks like."""


def parsed_changes(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The fields of each ``--set``, by decision. Raises ``UsageError``."""
    if not given:
        raise UsageError(f"Say what is decided otherwise, such as {SET}.")
    changes: dict[str, dict[str, Any]] = {}
    for text in given:
        name, sign, fields = text.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"--set {text!r} does not say of which decision. Give it as in {SET}.")
        if name.strip() in changes:
            raise UsageError(f"--set {name.strip()} is given twice. Put all its fields into one.")
        changes[name.strip()] = _fields(name.strip(), fields)
    return changes


def _fields(name: str, text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"--set {name} is not JSON: {wrong}. Give it as in {SET}.") from wrong
    if not isinstance(fields, dict):
        raise UsageError(f"--set {name} must be a JSON object of its fields, as in {SET}.")
    return fields


def fork_view(made: "Fork") -> RenderableType:
    """A fork beside its origin, and what it asks."""
    line = Text.assemble(plain(made.run.id, "bold"), "  ", status_text(made.run.status))
    rows = table("decision", "origin", "fork")
    for column, title in zip(rows.columns, ("decision", f"in {made.of.id}", "in the fork"), strict=True):
        column.header, column.overflow, column.no_wrap = plain(title), "fold", False
    for each in made.differences:
        rows.add_row(*_beside(each))
    asked = [_asked(review.id, review.payload["question"]["reason"]) for review in made.questions]
    reason = [plain(made.run.error, "red")] if made.run.error else []
    return Group(line, *reason, rows, *asked, plain(f"roundhouse show {made.run.id}", "dim"))


def _asked(review: str, reason: object) -> Text:
    return Text.assemble("asks  ", plain(review[:SHOWN], "bold"), "  ", plain(str(reason)))


def _beside(each: "Difference") -> tuple[Text, Text, Text]:
    """A decision of both: in full where they are the same, else what differs."""
    before, after = each.before or {}, each.after or {}
    if not each.changed:
        return plain(each.decision), _said(before, _facts(before)), Text("the same", style="dim")
    fields = [name for name in dict(before, **after) if before.get(name) != after.get(name)]
    title = Text.assemble(plain(each.decision, "bold"), ("\nchanged", "yellow"))
    return title, _said(each.before, fields), _said(each.after, fields)


def _facts(value: Mapping[str, Any]) -> list[str]:
    return [name for name, content in value.items() if name != "rationale" and not isinstance(content, list | dict)]


def _said(value: Mapping[str, Any] | None, fields: Iterable[str]) -> Text:
    if value is None:
        return Text("not decided", style="dim")
    lines = [Text.assemble(plain(f"{name}  ", "dim"), value_text(value[name])) for name in fields if name in value]
    return Text("\n").join(lines)


def fork_json(made: "Fork") -> dict[str, Any]:
    """The same for a program."""
    return {
        "id": made.run.id,
        "of": made.of.id,
        "status": made.run.status,
        "changed": [each.decision for each in made.differences if each.changed],
        "decisions": {
            each.decision: {"before": each.before, "after": each.after, "changed": each.changed}
            for each in made.differences
        },
        "questions": [review.model_dump(mode="json") for review in made.questions],
    }


def plans_view(plans: Sequence["Migration"]) -> RenderableType:
    """What changed in the workflow, and for each run what becomes of its decisions and of what people said."""
    return Group(*_plans(plans))


def _plans(plans: Sequence["Migration"]) -> Iterator[RenderableType]:
    for differences in dict.fromkeys(plan.differences for plan in plans):
        yield Text("What changed", style="bold")
        yield from (plain(f"  {difference}") for difference in differences)
        rows = table("run", "status", "what", "says")
        for plan in plans:
            if plan.differences == differences and plan.carried is not None:
                _add_plan(rows.add_row, plan, plan.carried)
        yield rows


def _add_plan(add_row: Any, plan: "Migration", carried: "Carried") -> None:
    said = [
        (Text("kept", style="green"), ", ".join(carried.kept) or "nothing"),
        (Text("made again", style="yellow"), ", ".join(carried.made_again)),
        (Text("kept, and asked about if what it is built on changes", style="yellow"), ", ".join(carried.unconfirmed)),
        *((Text("dropped", style="red"), word.sentence) for word in carried.dropped_words),
    ]
    first = [plain(plan.run, "bold"), status_text(plan.status)]
    for what, says in said:
        if says:
            add_row(*first, what, plain(says))
            first = [Text(), Text()]


def migrations_view(migrations: Sequence["Migration"]) -> RenderableType:
    """What came of each run."""
    rows = table("run", "status", "reason")
    for each in migrations:
        rows.add_row(plain(each.run, "bold"), status_text(each.status), _reason(each))
    return rows


def _reason(each: "Migration") -> Text:
    if each.refused is not None:
        return plain(str(each.refused), "red")
    migrated = each.carried is not None
    return Text("migrated" if migrated else "nothing to do: its workflow has not changed", style="green")


def migrations_json(done: bool, migrations: Sequence["Migration"]) -> dict[str, Any]:
    """The same for a program."""
    return {"done": done, "runs": [_migration_json(each) for each in migrations]}


def _migration_json(each: "Migration") -> dict[str, Any]:
    carried = each.carried
    return {
        "id": each.run,
        "status": each.status,
        "kept": list(carried.kept) if carried else [],
        "made_again": list(carried.made_again) if carried else [],
        "unconfirmed": list(carried.unconfirmed) if carried else [],
        "dropped": [word.sentence for word in carried.dropped_words] if carried else [],
        "differences": list(each.differences),
        "error": None if each.refused is None else str(each.refused),
    }

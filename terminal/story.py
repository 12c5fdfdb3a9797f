"""The story of one run on the terminal: what was decided and from what, by whom, and where the time went."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from state.content import LONG, file_words, in_words
from state.duration import lasting
from state.effect import EffectRow
from state.execution import Execution
from state.progress import Rung
from state.provenance import BASIS_WORDS
from state.record import Record
from state.rule_words import rules_words
from state.run import ReviewRow, RunStory
from state.spent import Cell, Spent, model_columns
from state.staffing import Staffing
from terminal.content import beginning, contents, value_text
from terminal.tables import SHOWN, ago, status_text, table
from terminal.text import plain
from terminal.widest import Widest


def story_view(story: RunStory) -> RenderableType:
    """Everything about one run, in the order in which a person asks for it."""
    return Group(*_sections(story))


def _sections(story: RunStory) -> Iterator[RenderableType]:
    yield _head(story)
    yield _case(story)
    yield _decisions(story)
    if story.notes or story.conflicts:
        yield _discussion(story)
    if story.reviews:
        yield _reviews(story)
    if story.executions:
        yield _timeline(story)
    if story.effects:
        yield _effects(story)


def _head(story: RunStory) -> RenderableType:
    run = story.run
    line = Text.assemble(
        (run.id, "bold"), "  ", status_text(run.status), f"  {run.workflow}, {ago(run.created_at)} ago"
    )
    if run.flagged:
        line.append("  flagged", style="yellow")
    if story.pins.get("staff"):
        line.append("\n").append_text(plain(Staffing.read(story.pins["staff"]).words, "dim"))
        line.append("\n").append_text(plain(Spent.of(story.executions).words, "dim"))
    if story.pins.get("rules"):
        line.append("\n").append_text(plain(rules_words(story.pins["rules"]), "dim"))
    if run.origin:
        line.append("\n").append_text(plain(f"a fork of {run.origin}", "cyan"))
    if run.error:
        line.append("\n").append_text(plain(run.error, "red"))
    return Panel(line, expand=False)


def _case(story: RunStory) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for name, value in story.case.items():
        grid.add_row(plain(name, "dim"), value_text(value))
    return Group(Text("Case", style="bold"), grid, Text())


def _decisions(story: RunStory) -> RenderableType:
    tree = Tree(Text("Decisions", style="bold"), guide_style="dim")
    by_name: dict[str, list[Record]] = {}
    for record in story.records:
        by_name.setdefault(record.decision, []).append(record)
    for name, versions in by_name.items():
        branch = tree.add(_title(name, versions[-1]))
        for line in _body(versions[-1]):
            branch.add(line)
        for earlier in reversed(versions[:-1]):
            branch.add(Text.assemble(("earlier: ", "dim"), _title(name, earlier)))
    return Group(tree, Text())


def _title(name: str, record: Record) -> Text:
    confidence = f", {_confidence(record)}" if record.confidence is not None else ""
    sources = ", ".join(f"{need} v{version}" for need, version in record.built_from.items()) or "the case"
    title = Text.assemble((name, "bold"), f" v{record.version} by ", plain(record.maker.name, "cyan"))
    title.append(f" ({record.maker.kind}){confidence}, from {sources}", style="dim")
    return title if record.outcome == "decided" else title.append("  ").append_text(status_text(record.outcome))


def _confidence(record: Record) -> str:
    """How sure its maker is, and what that rests on."""
    basis = record.provenance.confidence_by
    return f"confidence {record.confidence:.2f}{f' {BASIS_WORDS[basis]}' if basis else ''}"


def _body(record: Record) -> Iterator[RenderableType]:
    if record.reason:
        yield plain(record.reason, "red")
    value = dict(record.value or {})
    rationale = value.pop("rationale", "")
    value.pop("confidence", None)
    yield from contents(value)
    if rationale:
        yield plain(str(rationale), "italic")
    yield from _provenance(record)


def _provenance(record: Record) -> Iterator[Text]:
    """What else is to be known: remarks, and what was looked up, with where it stands."""
    told = record.provenance
    if told.conflict:
        yield plain(f"counts as the conflict {told.conflict!r}", "dim")
    for remark in told.words:
        yield plain(remark, "dim")
    for found in told.evidence:
        yield Text.assemble(
            ("looked up  ", "dim"), plain(f"{found.tool} {found.asked}", "cyan"), ("  in ", "dim"), plain(found.source)
        ).append_text(plain(f"\n{beginning(found.text)}"))


def _discussion(story: RunStory) -> RenderableType:
    rows = table("when", "what", "says", title="Conflicts and notes")
    moments: list[tuple[datetime, str, str]] = []
    for rung in story.conflicts:
        versions = ", ".join(f"{name} v{version}" for name, version in rung.versions.items())
        moments.append((rung.at, f"conflict {rung.conflict} ({versions})", _rung(rung)))
    for sent in story.notes:
        note = sent.note
        moments.append((note.at, f"{note.kind} to {sent.decision}", f"{note.author}: {note.text}"))
    for at, what, says in sorted(moments):
        rows.add_row(_offset(story, at), plain(what), plain(says))
    return rows


def _rung(rung: Rung) -> str:
    match rung.action:
        case "reconsider":
            return f"{rung.by} asks for another look"
        case _ if rung.preferred is None:
            return f"{rung.action}: no side has enough votes"
        case _:
            return f"{rung.action} by {rung.by}: {rung.preferred} stands"


def _reviews(story: RunStory) -> RenderableType:
    rows = table("review", "question", "status", "answer", "waited", title="Questions", right=("waited",))
    for review in story.reviews:
        rows.add_row(
            plain(review.id[:SHOWN], "bold"),
            plain(str(review.payload["question"]["reason"])),
            status_text(review.status),
            plain(_answer(review)),
            lasting((review.answered_at - review.opened_at).total_seconds())
            if review.answered_at
            else f"{ago(review.opened_at)}, still open",
        )
    return rows


def _answer(review: ReviewRow) -> str:
    if review.answer is None:
        return ""
    said = [str(review.answer["action"]).replace("_", " ")]
    said += [f"{name} {review.answer[name]}" for name in ("decision", "prefer", "value") if review.answer.get(name)]
    words = f": {review.answer['text']}" if review.answer.get("text") else ""
    who = f"policy ({review.answered_by})" if review.answer.get("voice") == "policy" else review.answered_by
    return f"{', '.join(said)} by {who}{words}"


def _timeline(story: RunStory) -> RenderableType:
    """Who worked when, with what models took beside it; below it where there is no room."""
    calls = sorted(story.executions, key=lambda each: each.started_at)
    times: dict[str, Cell] = {
        "start": lambda call: _offset(story, call.started_at),
        "specialist": lambda call: call.specialist,
        "decision": lambda call: call.decision,
        "outcome": _outcome,
        "worked": lambda call: lasting((call.ended_at - call.started_at).total_seconds()),
        "waited": lambda call: lasting((call.started_at - call.ready_at).total_seconds()),
    }
    models = model_columns(calls)
    if not models:
        return _calls("Timeline", calls, times)
    who = {name: times[name] for name in ("start", "specialist")}
    asked = [call for call in calls if call.model]
    narrow = Group(_calls("Timeline", calls, times), _calls("Model calls", asked, who | models))
    return Widest(_calls("Timeline", calls, times | models), narrow)


def _calls(title: str, calls: Sequence[Execution], columns: Mapping[str, Cell]) -> RenderableType:
    rows = table(*columns, title=title, right=("tokens in", "cached", "out", "cost"))
    for call in calls:
        rows.add_row(*(plain(cell(call)) for cell in columns.values()))
    return rows


def _outcome(execution: Execution) -> str:
    tool = f"{execution.tool}: " if execution.tool else ""
    again = f" (try {execution.attempt})" if execution.attempt > 1 else ""
    error = f": {execution.error}" if execution.error else ""
    return f"{tool}{execution.outcome}{again}{error}"


def _effects(story: RunStory) -> RenderableType:
    rows = table("effect", "status", "content", title="Effects")
    for effect in story.effects:
        rows.add_row(plain(effect.effect), status_text(effect.status), plain("\n".join(_sent(effect))))
    return rows


def _sent(effect: EffectRow) -> Iterator[str]:
    """What went out: its subject and its files; what its decision says stands there."""
    if effect.message is None:
        yield in_words({name: value for name, value in effect.payload.items() if isinstance(value, str)})[:LONG]
        return
    yield effect.message.subject
    if effect.message.to:
        yield f"to {effect.message.to}"
    if effect.message.attachments:
        yield f"with {', '.join(map(file_words, effect.message.attachments))}"


def _offset(story: RunStory, moment: datetime) -> str:
    return f"+{lasting((moment - story.run.created_at).total_seconds())}"

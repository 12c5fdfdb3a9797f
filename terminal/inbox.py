"""What the terminal shows of questions: the inbox, a claim, and what came of answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from state.duration import in_time
from state.run import ReviewRow, RunRow
from terminal.tables import SHOWN, ago, status_text, table
from terminal.text import plain

if TYPE_CHECKING:
    from runtime.answering import Answered

LONGEST_ASKED = 200
"""How many characters of a question the summary of a batch shows."""


def inbox_view(reviews: Sequence[ReviewRow], total: int) -> RenderableType:
    """The open questions, and how many there are in all."""
    rows = table("review", "case", "question", "waits", right=("waits",))
    for review in reviews:
        asked = Text("\n").join([_question(review), *_standing(review)])
        rows.add_row(plain(review.id[:SHOWN], "bold"), plain(review.case_id), asked, ago(review.opened_at))
    hint = "roundhouse answer REVIEW --approve, --edit JSON, --send-back TEXT or --reject TEXT"
    left = f"{len(reviews)} of {total} questions; --limit {total} shows all. " if total > len(reviews) else ""
    return Group(rows, Text(f"{left}{hint}", style="dim"))


def asked_lines(reviews: Sequence[ReviewRow]) -> RenderableType:
    """The first line of each question, with the case and the decision that it is about."""
    return Text("\n").join(map(_asked, reviews))


def _asked(review: ReviewRow) -> Text:
    line = f"{review.case_id}: {' and '.join(review.names)}: {review.payload['question']['reason']}".strip()
    first = line.splitlines()[0]
    return plain(first if len(first) <= LONGEST_ASKED else f"{first[: LONGEST_ASKED - 1]}…", "dim")


def answered_view(run: RunRow, questions: Sequence[ReviewRow]) -> RenderableType:
    """What came of an answer: where the run stands, and what it asks now."""
    line = Text.assemble(plain(run.id, "bold"), "  ", status_text(run.status))
    if run.status == "running":
        line.append_text(Text("  accepted; a worker drives it on"))
    asked = [Text.assemble("  ", plain(each.id[:SHOWN], "bold"), "  ", _question(each)) for each in questions]
    return Group(line, *asked, Text(f"roundhouse show {run.id}", style="dim"))


def claimed_view(review: ReviewRow) -> RenderableType:
    """How a question stands after a claim, a release or a new priority."""
    line = Text.assemble(plain(review.id[:SHOWN], "bold"), "  ", status_text(review.status))
    return Text("\n").join([line, *_standing(review)])


def answers_view(answers: Sequence["Answered"]) -> RenderableType:
    """What came of the answers to many questions."""
    rows = table("review", "run", "status", "reason")
    for each in answers:
        rows.add_row(
            plain(each.review[:SHOWN], "bold"), plain(each.run), status_text(each.status), plain(each.refused or "")
        )
    refused = sum(each.refused is not None for each in answers)
    line = f"{len(answers) - refused} answered, {refused} refused"
    return Group(rows, Text(line, style="red" if refused else "green"))


def _standing(review: ReviewRow) -> list[Text]:
    """Who is at a question, and what happens when nobody answers, where there is something to say."""
    now = datetime.now(UTC)
    said = []
    if review.claimed_by is not None and review.claimed_until is not None and review.claimed_until > now:
        said.append(
            plain(f"claimed by {review.claimed_by} for {in_time((review.claimed_until - now).total_seconds())}", "cyan")
        )
    if review.queue != "default" or review.priority:
        said.append(plain(f"queue {review.queue}, priority {review.priority}", "dim"))
    if review.deadline is not None and review.terms is not None and review.step < len(review.terms.steps):
        left = (review.deadline - now).total_seconds()
        when = f"in {in_time(left)}" if left > 0 else "now"
        said.append(plain(f"{review.terms.steps[review.step].then.policy} by policy {when}", "yellow"))
    return said


def _question(review: ReviewRow) -> Text:
    """Why it is asked, and what the decisions that approving lets stand say for themselves."""
    question, decisions = review.payload["question"], review.payload["decisions"]
    asked = plain(str(question["reason"]))
    for subject in question.get("sides") or [question["suggestion"] or review.names[0]]:
        rationale = (decisions.get(subject) or {}).get("rationale")
        if rationale:
            asked.append("\n").append_text(plain(f"{subject}: {rationale}", "dim"))
    return asked

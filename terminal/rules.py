"""Views of rules from people's answers: what is proposed, what holds, and what a person's word on one changes."""

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from graphs.attention.rules import AT_LEAST, Proposal
from runtime.rulebook import Accepted, Change, Chapter
from state.rule import RuleRow
from state.rule_words import so_often, would_have
from terminal.tables import ago
from terminal.text import plain

NOTHING = "No rule holds, and people's answers suggest none."


def chapters_view(chapters: Sequence[Chapter], at_least: int) -> RenderableType:
    """What is proposed and what holds, workflow by workflow."""
    return Group(*(line for chapter in chapters for line in _chapter(chapter, at_least)))


def acceptance_view(change: Change) -> RenderableType:
    """A proposed rule, and what accepting it changes."""
    assert change.proposal is not None
    return Group(*_proposal(change.proposal), *_consequence(change))


def revocation_view(change: Change) -> RenderableType:
    """What revoking a rule changes."""
    words = _stands(change.conflict, change.prefer)
    words.append(" no more, and a human is asked again.")
    return Group(words, *_consequence(change))


def done_view(rule: RuleRow) -> RenderableType:
    """What was done."""
    if rule.is_active:
        return plain(f"Accepted by {rule.accepted_by}: runs that start from now on have the rule.", "green")
    return plain(f"Revoked by {rule.revoked_by}: runs that start from now on ask a human again.", "green")


def chapter_json(chapter: Chapter) -> dict[str, Any]:
    """A chapter for a program."""
    return {
        "workflow": chapter.workflow,
        "proposals": [_proposal_json(each) for each in chapter.proposals],
        "rules": [{**each.rule.model_dump(mode="json"), "misfit": each.misfit} for each in chapter.accepted],
    }


def change_json(change: Change, rule: RuleRow | None) -> dict[str, Any]:
    """A change for a program, with the rule where it was made."""
    return {
        "done": rule is not None,
        "workflow": change.workflow,
        "conflict": change.conflict,
        "prefer": change.prefer,
        "differences": list(change.differences),
        "proposal": _proposal_json(change.proposal) if change.proposal else None,
        "rule": rule.model_dump(mode="json") if rule else None,
    }


def _chapter(chapter: Chapter, at_least: int) -> Iterator[RenderableType]:
    yield plain(chapter.workflow, "bold underline")
    if not chapter.proposals and not chapter.accepted:
        yield _under(Text(f"Nothing yet. A rule is proposed after {at_least} answers of people in a row.", "dim"))
    for proposal in chapter.proposals:
        yield Text()
        yield from _proposal(proposal)
        command = f"roundhouse rules {chapter.workflow} --accept {quote(proposal.conflict)}"
        command += "" if at_least == AT_LEAST else f" --at-least {at_least}"
        yield _under(Text.assemble(("accept it: ", "dim"), plain(command, "cyan")))
    for accepted in chapter.accepted:
        yield Text()
        yield from _accepted(accepted, chapter.workflow)
    yield Text()


def _proposal(proposal: Proposal) -> Iterator[RenderableType]:
    yield Text.assemble(("proposed  ", "yellow"), _stands(proposal.conflict, proposal.prefer))
    yield _under(plain(f"{so_often(proposal.support)}, the last time {ago(proposal.support.last_at)} ago."))
    yield _under(plain(would_have(proposal.support)))


def _accepted(accepted: Accepted, workflow: str) -> Iterator[RenderableType]:
    rule = accepted.rule
    mark = ("does not fit  ", "red") if accepted.misfit else ("accepted  ", "green")
    yield Text.assemble(mark, _stands(rule.conflict, rule.prefer))
    if accepted.misfit:
        yield _under(plain(f"Runs start without it: {accepted.misfit}."))
    yield _under(
        plain(f"by {rule.accepted_by}, {ago(rule.accepted_at)} ago, on {rule.support.in_a_row} answers in a row")
    )
    command = f"roundhouse rules {workflow} --revoke {quote(rule.conflict)}"
    yield _under(Text.assemble(("revoke it: ", "dim"), plain(command, "cyan")))


def _consequence(change: Change) -> Iterator[RenderableType]:
    if change.differences:
        yield Text()
        yield plain(f"{change.heading}:")
    for difference in change.differences:
        yield _under(plain(difference))
    yield Text()
    for sentence in change.words:
        yield plain(sentence)
    yield Text()


def _stands(conflict: str, side: str) -> Text:
    return Text.assemble("in ", plain(conflict, "bold"), ", ", plain(side, "bold"), " stands")


def _under(line: RenderableType) -> RenderableType:
    return Padding(line, (0, 0, 0, 2), expand=False)


def _proposal_json(proposal: Proposal) -> dict[str, Any]:
    support = proposal.support.model_dump(mode="json")
    return {"conflict": proposal.conflict, "prefer": proposal.prefer, "support": support}

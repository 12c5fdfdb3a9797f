"""The rule book as pages see it: what is proposed, what holds, and what a person's word on it changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from graphs.attention.rules import AT_LEAST
from graphs.workflow import Workflow
from runtime.desk.background import Background
from runtime.rulebook import (
    Change,
    Chapter,
    Load,
    Rulebook,
    acceptance_of,
    chapter_of,
    revocation_of,
    rule_of,
)
from state.rule import RuleRow, Said


class RuleDesk(Protocol):
    """What a person at a screen does with rules. Every method raises ``UsageError`` where it cannot be done."""

    def chapters(self) -> Sequence[Chapter]:
        """What there is to say of every workflow of which there is anything."""

    def acceptance(self, workflow: str, conflict: str) -> Change:
        """What accepting the proposed rule of a conflict would change."""

    def revocation(self, workflow: str, conflict: str) -> Change:
        """What revoking the rule of a conflict would change."""

    def accept(self, change: Change, *, by: str) -> RuleRow:
        """Accept a proposed rule as it was shown."""

    def revoke(self, workflow: str, conflict: str, *, by: str) -> RuleRow:
        """Revoke the rule of a conflict."""


class LiveRules:
    """The rule book of an open Roundhouse."""

    def __init__(self, background: Background, load: Load) -> None:
        self._background, self._book = background, Rulebook(background.store, load)

    def chapters(self) -> Sequence[Chapter]:
        """See :class:`RuleDesk`, as of the others."""
        return self._book.chapters()

    def acceptance(self, workflow: str, conflict: str) -> Change:  # noqa: D102
        return self._book.acceptance(workflow, conflict)

    def revocation(self, workflow: str, conflict: str) -> Change:  # noqa: D102
        return self._book.revocation(workflow, conflict)

    def accept(self, change: Change, *, by: str) -> RuleRow:  # noqa: D102
        return self._background.do(lambda each: each.rulebook.accept(change, by=by))

    def revoke(self, workflow: str, conflict: str, *, by: str) -> RuleRow:  # noqa: D102
        return self._background.do(lambda each: each.rulebook.revoke(workflow, conflict, by=by))


class MemoryRules:
    """A rule book of one process, on answers that it was given, for tests of pages."""

    def __init__(self, workflows: Mapping[str, Workflow], answers: Mapping[str, Sequence[Said]] | None = None) -> None:
        self._workflows = workflows
        self.answers = dict(answers or {})
        """What people have said, by workflow."""
        self.rules: list[RuleRow] = []
        """What was accepted, newest first."""

    def chapters(self) -> Sequence[Chapter]:  # noqa: D102
        found = map(self._chapter, self._workflows)
        return [each for each in found if each.proposals or each.accepted]

    def acceptance(self, workflow: str, conflict: str) -> Change:  # noqa: D102
        return acceptance_of(*self._known(workflow), conflict, AT_LEAST)

    def revocation(self, workflow: str, conflict: str) -> Change:  # noqa: D102
        return revocation_of(workflow, self._workflows[workflow], self._of(workflow), conflict)

    def accept(self, change: Change, *, by: str) -> RuleRow:  # noqa: D102
        rule = rule_of(self.acceptance(change.workflow, change.conflict), change.prefer, by)
        self.rules.insert(0, rule.model_copy(update={"id": str(len(self.rules))}))
        return self.rules[0]

    def revoke(self, workflow: str, conflict: str, *, by: str) -> RuleRow:  # noqa: D102
        self.revocation(workflow, conflict)
        [place] = [place for place, each in enumerate(self.rules) if each.is_active and each.conflict == conflict]
        self.rules[place] = self.rules[place].model_copy(update={"revoked_by": by, "revoked_at": datetime.now(UTC)})
        return self.rules[place]

    def _chapter(self, workflow: str) -> Chapter:
        return chapter_of(*self._known(workflow), AT_LEAST)

    def _known(self, workflow: str) -> tuple[str, Workflow, Sequence[Said], Sequence[RuleRow]]:
        return workflow, self._workflows[workflow], self.answers.get(workflow, ()), self._of(workflow)

    def _of(self, workflow: str) -> list[RuleRow]:
        return [each for each in self.rules if each.workflow == workflow]

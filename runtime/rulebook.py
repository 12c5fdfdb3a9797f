"""The rule book: the rules that people's answers suggest, and those that somebody has accepted.

A rule is accepted and revoked by a person, who is told beforehand how the workflow changes. Runs that start afterwards
have the changed workflow; those that began before go on with the rules that they took down, until they are migrated.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from graphs.attention.rules import AT_LEAST, Proposal, fitting, misfit, proposals, ruled, support_of
from graphs.conflict import Conflict
from graphs.workflow import Workflow, differences
from state.errors import UsageError
from state.rule import RuleRow, Said, Support
from state.sql.rules import accept_rule, active_rules, list_rules, past_answers, revoke_rule
from state.sql.run_list import known_workflows
from state.sql.store import Store

logger = logging.getLogger(__name__)

Load = Callable[[str], Workflow]
"""A workflow by its name, without any rule. Raises ``UsageError``."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule that holds."""

    rule: RuleRow
    misfit: str | None
    """Why the workflow cannot have it any more, in a part of a sentence; None where runs have it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the book says of one workflow."""

    workflow: str
    proposals: tuple[Proposal, ...]
    accepted: tuple[Accepted, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What accepting or revoking a rule changes."""

    workflow: str
    conflict: str
    prefer: str
    differences: tuple[str, ...]
    """Of the workflow's signature, in words; none where the rule did not fit."""
    proposal: Proposal | None = None
    """What is accepted; None where a rule is revoked."""

    @property
    def heading(self) -> str:
        """What the differences are of, before a colon."""
        makes = "makes a new version of" if self.proposal else "takes the rule out of"
        return f"This {makes} {self.workflow}"

    @property
    def words(self) -> tuple[str, ...]:
        """What follows from the differences, in sentences."""
        if not self.differences:
            return (f"{self.workflow} stays as it is, since the rule does not fit it.",)
        begun = "Runs that began before keep the version that they began with, until they are migrated."
        if self.proposal is None:
            return (
                begun,
                "A certificate made with the rule does not hold without it; one made before it does, if it stands.",
            )
        return (
            begun,
            "A certificate of the version before does not hold for the new one: calibrate again.",
            "Where the two disagree again later in the same run, a human is asked as before.",
        )


class Rulebook:
    """The rule book in the database."""

    def __init__(self, store: Store, load: Load) -> None:
        self._store, self._load = store, load

    def chapters(self, workflow: str | None = None, at_least: int = AT_LEAST) -> list[Chapter]:
        """The chapter of a workflow, or those of all in which there is anything. Raises ``UsageError``."""
        if workflow is not None:
            return [self._chapter(workflow, at_least)]
        named = [*self._store.read_now(known_workflows), *(each.workflow for each in self._store.read_now(list_rules))]
        found = [self._chapter_if_known(name, at_least) for name in dict.fromkeys(named)]
        return [each for each in found if each.proposals or each.accepted]

    def acceptance(self, workflow: str, conflict: str, at_least: int = AT_LEAST) -> Change:
        """What accepting the proposed rule of a conflict would change. Raises ``UsageError`` where none is proposed."""
        answers, rules = self._store.read_now(past_answers, workflow), self._store.read_now(list_rules, workflow)
        return acceptance_of(workflow, self._load(workflow), answers, rules, conflict, at_least)

    def revocation(self, workflow: str, conflict: str) -> Change:
        """What revoking the rule of a conflict would change. Raises ``UsageError`` where it has none."""
        return revocation_of(workflow, self._known(workflow), self._store.read_now(list_rules, workflow), conflict)

    async def accept(self, change: Change, *, by: str, at_least: int = AT_LEAST) -> RuleRow:
        """Accept a proposed rule as it was shown. Raises ``UsageError`` where people have answered otherwise since."""
        now_proposed = self.acceptance(change.workflow, change.conflict, at_least)
        rule = rule_of(now_proposed, change.prefer, by)
        accepted = await self._store.write(accept_rule, rule)
        logger.info("%s accepted the rule that %s stands in %r of %s.", by, rule.prefer, rule.conflict, rule.workflow)
        return accepted

    async def revoke(self, workflow: str, conflict: str, *, by: str) -> RuleRow:
        """Revoke the rule of a conflict. Raises ``UsageError`` where it has none."""
        rule = await self._store.write(revoke_rule, workflow, conflict, by, datetime.now(UTC))
        logger.info("%s revoked the rule that %s stands in %r of %s.", by, rule.prefer, conflict, workflow)
        return rule

    async def active(self, workflow: str) -> dict[str, str]:
        """The rules that runs of a workflow have which start now: the side that stands, by conflict."""
        return await self._store.read(active_rules, workflow)

    def _chapter(self, name: str, at_least: int) -> Chapter:
        answers, rules = self._store.read_now(past_answers, name), self._store.read_now(list_rules, name)
        return chapter_of(name, self._load(name), answers, rules, at_least)

    def _chapter_if_known(self, name: str, at_least: int) -> Chapter:
        workflow = self._known(name)
        if workflow is not None:
            return self._chapter(name, at_least)
        return chapter_of(name, None, (), self._store.read_now(list_rules, name), at_least)

    def _known(self, name: str) -> Workflow | None:
        try:
            return self._load(name)
        except UsageError:
            return None


def chapter_of(
    name: str, workflow: Workflow | None, answers: Sequence[Said], rules: Sequence[RuleRow], at_least: int
) -> Chapter:
    """What there is to say of a workflow, given all answers and rules; nothing is proposed without it. Pure."""
    accepted = tuple(Accepted(each, _misfit(workflow, each)) for each in rules if each.is_active)
    if workflow is None:
        return Chapter(name, (), accepted)
    return Chapter(name, proposals(workflow, answers, _active(rules), at_least, _revoked(rules)), accepted)


def acceptance_of(
    name: str, workflow: Workflow, answers: Sequence[Said], rules: Sequence[RuleRow], conflict: str, at_least: int
) -> Change:
    """What accepting a proposed rule changes. Pure. Raises ``UsageError`` where none is proposed, and says why."""
    found = chapter_of(name, workflow, answers, rules, at_least)
    proposal = next((each for each in found.proposals if each.conflict == conflict), None)
    if proposal is None:
        raise UsageError(_why_not(name, workflow, answers, rules, conflict, at_least))
    changed = _changed(workflow, _active(rules), {**_active(rules), conflict: proposal.prefer})
    return Change(name, conflict, proposal.prefer, changed, proposal)


def revocation_of(name: str, workflow: Workflow | None, rules: Sequence[RuleRow], conflict: str) -> Change:
    """What revoking a rule changes. Pure. Raises ``UsageError`` where the conflict has none."""
    active = _active(rules)
    if conflict not in active:
        has = f"Those with one: {', '.join(active)}." if active else f"No conflict of {name} has one."
        raise UsageError(f"Conflict {conflict!r} of {name} has no rule. {has}")
    others = {each: side for each, side in active.items() if each != conflict}
    return Change(name, conflict, active[conflict], _changed(workflow, active, others) if workflow else ())


def rule_of(change: Change, prefer: str, by: str) -> RuleRow:
    """The rule of a proposal, still without its id. Raises ``UsageError`` where another side is proposed."""
    if change.proposal is None or change.prefer != prefer:
        raise UsageError(f"People let {change.prefer} stand by now, not {prefer}. Look at the proposal again.")
    return RuleRow(
        id="",
        workflow=change.workflow,
        conflict=change.conflict,
        prefer=prefer,
        support=change.proposal.support,
        accepted_by=by,
        accepted_at=datetime.now(UTC),
    )


def with_rules(name: str, workflow: Workflow, rules: Mapping[str, str]) -> tuple[Workflow, dict[str, str]]:
    """A workflow with those of the rules that fit it, and these; the log tells of the others."""
    kept = fitting(workflow, rules)
    for conflict, side in rules.items():
        if conflict not in kept:
            why = misfit(workflow, conflict, side)
            logger.warning("The rule that %s stands in %r of %s is left out: %s.", side, conflict, name, why)
    return ruled(workflow, kept), kept


def _misfit(workflow: Workflow | None, rule: RuleRow) -> str | None:
    return "the workflow is not known here" if workflow is None else misfit(workflow, rule.conflict, rule.prefer)


def _changed(workflow: Workflow, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    was, will_be = (ruled(workflow, fitting(workflow, each)) for each in (before, after))
    return tuple(differences(was.parts, will_be.parts))


def _active(rules: Sequence[RuleRow]) -> dict[str, str]:
    return {each.conflict: each.prefer for each in rules if each.is_active}


def _revoked(rules: Sequence[RuleRow]) -> dict[str, datetime]:
    """When the last rule of each conflict was revoked."""
    ended = sorted((each.revoked_at, each.conflict) for each in rules if each.revoked_at is not None)
    return {conflict: at for at, conflict in ended}


def _why_not(
    name: str, workflow: Workflow, answers: Sequence[Said], rules: Sequence[RuleRow], conflict: str, at_least: int
) -> str:
    """Why no rule is proposed for a conflict."""
    declared = {each.name: each for each in workflow.conflicts}
    if conflict not in declared:
        return f"{name} has no conflict {conflict!r}. It has {', '.join(declared) or 'none'}."
    if conflict in _active(rules):
        return f"Conflict {conflict!r} of {name} has a rule already: {_active(rules)[conflict]} stands."
    reason = misfit(workflow, conflict, declared[conflict].sides[0])
    if reason is not None:
        return f"No rule can be accepted for {conflict!r} of {name}: {reason}."
    return (
        f"No rule is proposed for {conflict!r} of {name}: it takes {at_least} answers of people in a row that let "
        f"the same side stand, and {_so_far(declared[conflict], answers, _revoked(rules).get(conflict))}."
    )


def _so_far(conflict: Conflict, answers: Sequence[Said], revoked: datetime | None) -> str:
    since = " since its last rule was revoked" if revoked else ""
    match support_of(conflict, answers, revoked):
        case None:
            return f"there is none such{since}"
        case side, Support(in_a_row=1):
            return f"the newest alone let {side} stand{since}"
        case side, Support(in_a_row=count):
            return f"the newest {count} let {side} stand{since}"

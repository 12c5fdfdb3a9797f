"""What is wrong with a workflow towards the outside: its messages, and the terms on which its questions wait."""

from collections.abc import Iterator
from itertools import pairwise

from pydantic import ValidationError

from graphs.finding import Finding, Rule
from graphs.message import attachment_problems, message_problems
from graphs.terms import Terms
from graphs.workflow import Workflow
from state.errors import in_words
from state.review import Approve

WITHOUT_APPROVE = frozenset({"escalated", "failed"})
"""The kinds of questions in which there is nothing to approve."""


def _messages(workflow: Workflow) -> Iterator[Finding]:
    for effect in workflow.effects:
        for problem in message_problems(effect, workflow.case):
            yield Finding(
                "RH108",
                (effect.name, effect.decision.__name__),
                f"The message of {effect.name}: {problem}.",
                "Name fields of the decision or the case.",
            )


def _attachments(workflow: Workflow) -> Iterator[Finding]:
    for effect in workflow.effects:
        for problem in attachment_problems(effect):
            yield Finding(
                "RH112",
                (effect.name, effect.decision.__name__),
                f"What {effect.name} attaches: {problem}.",
                f"Name fields of {effect.decision.__name__} that hold an Artifact, each once.",
            )


def _foreign_terms(workflow: Workflow) -> Iterator[Finding]:
    known = {*workflow.owner, *(conflict.name for conflict in workflow.conflicts)}
    for terms in workflow.terms:
        about = terms.about if isinstance(terms.about, str | None) else terms.about.__name__
        if about is not None and about not in known:
            problem = f"Terms are about {about!r}, which is neither a decision nor a conflict of this workflow."
            yield Finding("RH109", (workflow.name, about), problem, "Name one of them.")


def _deadlines(workflow: Workflow) -> Iterator[Finding]:
    for number, terms in enumerate(workflow.terms, start=1):
        where = f"terms {number}"
        moments = [deadline.after for deadline in terms.deadlines]
        if any(later <= earlier for earlier, later in pairwise(moments)) or any(each.days < 0 for each in moments):
            problem = f"The deadlines of {where} are not in order of time."
            yield Finding("RH110", (workflow.name, where), problem, "Give each a later time than the one before.")
        if any(later <= earlier for earlier, later in pairwise(terms.reminders)):
            problem = f"The reminders of {where} are not in order of time."
            yield Finding("RH110", (workflow.name, where), problem, "Give each a later time than the one before.")


def _unkept_terms(workflow: Workflow) -> Iterator[Finding]:
    for number, terms in enumerate(workflow.terms, start=1):
        where = f"terms {number}"
        try:
            terms.written()
        except ValidationError as invalid:
            problem = f"What {where} say cannot be kept: {in_words(invalid)}."
            yield Finding("RH111", (workflow.name, where), problem, "Give values in those bounds.")


def _empty_policies(workflow: Workflow) -> Iterator[Finding]:
    for number, terms in enumerate(workflow.terms, start=1):
        kinds = sorted(WITHOUT_APPROVE & set(terms.kinds))
        if kinds and _ends_in_approval(terms):
            problem = f"Terms {number} approve {' and '.join(kinds)} questions, where there is nothing to approve."
            mend = "Reject or forward those, or they stay open."
            yield Finding("RH208", (workflow.name, f"terms {number}"), problem, mend)


def _ends_in_approval(terms: Terms) -> bool:
    return bool(terms.deadlines) and isinstance(terms.deadlines[-1].then, Approve)


OUTWARD_RULES: tuple[Rule, ...] = (_messages, _attachments, _foreign_terms, _deadlines, _unkept_terms, _empty_policies)

"""Every error of Roundhouse, in one tree.

RoundhouseError
├── UsageError                 what the user gave cannot be used; the command exits with status 2
│   ├── UnknownWorkflow        no such name in the catalogue, or no such attribute
│   ├── InvalidWorkflow        lint found errors; carries the findings
│   ├── InvalidCase            a case that breaks its contract
│   ├── CaseForgotten          the id of a run or case whose data were removed
│   ├── InvalidProfile         a profile that cannot be read
│   ├── UnreadableSource       a file of cases that cannot be read at all
│   ├── UnusableDatabase       a database URL that cannot be opened
│   ├── UnusableModel          a chat model that cannot be called: key, server, name or price
│   └── InvalidMetadataFilter  a checkpoint filter key that is not a plain name
├── AnswerRefused              an answer that was not accepted; the question stays open
│   ├── UnknownReview          no such review
│   ├── AlreadyAnswered        somebody answered first
│   ├── ReviewClaimed          somebody else is at it
│   ├── StaleAnswer            a version that the answer speaks of has moved
│   └── InvalidAnswer          the answer does not fit the question or breaks a contract
├── DatabaseLost               the database went away in the middle; the run can be resumed
├── ValueRefused               the database cannot keep a value
├── UnknownRun                 no such run
├── UnknownEffect              no such effect in the outbox
├── RunExists                  a run with that id was started before
├── RunEnded                   the run is at its end, and is not migrated
├── RunBusy                    another driver holds the run's lease
├── LeaseLost                  this driver's lease was taken over
├── SignatureChanged           the run was started under another signature of its workflow
├── ModelTrouble               one call of a chat model failed; an execution keeps it
├── ContractBroken             a specialist returned what its contract does not allow
├── ExperimentFailed           a trial of an experiment could not be made
└── Stuck                      no rule of the agenda applies: a defect, names the decisions
"""

from collections.abc import Sequence

from pydantic import ValidationError

from state.plain import unprefixed
from state.trouble import Trouble


class RoundhouseError(Exception):
    """Base of every error of Roundhouse."""


class UsageError(RoundhouseError):
    """What the user gave cannot be used."""


class UnknownWorkflow(UsageError):
    """No workflow of that name.

    Attributes: ``name``, the name asked for; ``known``, the names in the catalogue.
    """

    def __init__(self, name: str, known: Sequence[str], reason: str = "") -> None:
        self.name, self.known = name, tuple(known)
        why = f": {reason}" if reason else ""
        super().__init__(f"Workflow {name!r} is not known{why}. Use one of {', '.join(known)}, or 'module:attribute'.")


class InvalidWorkflow(UsageError):
    """A workflow with lint errors; ``findings`` holds one line for each."""

    def __init__(self, workflow: str, findings: Sequence[str]) -> None:
        self.workflow, self.findings = workflow, tuple(findings)
        super().__init__(f"Workflow {workflow!r} cannot be compiled: " + " ".join(findings))


class InvalidCase(UsageError):
    """A case that breaks its contract; ``problems`` holds (field, reason) pairs."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "The case does not fit its contract: " + "; ".join(f"{field}: {why}" for field, why in problems)
        )


class CaseForgotten(UsageError):
    """The id, in ``name``, is that of a run or case that was forgotten; ``by`` and ``at`` say by whom and when."""

    def __init__(self, name: str, by: str, at: str) -> None:
        self.name, self.by, self.at = name, by, at
        super().__init__(
            f"{name!r} was forgotten by {by!r} at {at}: its data were removed. Start anew, if at all, with another id."
        )


class InvalidProfile(UsageError):
    """A profile that cannot be read; the message says where and what to do."""


class UnreadableSource(UsageError):
    """A file of cases that cannot be read at all."""


class UnusableDatabase(UsageError):
    """A database URL that cannot be opened, or a database of another version."""


class UnusableModel(UsageError):
    """A chat model that cannot be called; ``model`` holds its name."""

    def __init__(self, model: str, problem: str) -> None:
        self.model = model
        super().__init__(f"Chat model {model!r} cannot be used: {problem}")


class InvalidMetadataFilter(UsageError):
    """A checkpoint filter key that is not a plain name; ``key`` holds it."""

    def __init__(self, key: object) -> None:
        self.key = key
        super().__init__(f"Metadata filter key {key!r} is not allowed. Use letters, digits, '_' and '-' only.")


class AnswerRefused(RoundhouseError):
    """An answer that was not accepted; nothing was saved and the question stays as it was."""


class UnknownReview(AnswerRefused):
    """No review of that id; ``review`` holds it."""

    def __init__(self, review: str) -> None:
        self.review = review
        super().__init__(
            f"Review {review!r} does not exist, or begins several. 'roundhouse inbox' lists the open ones."
        )


class AlreadyAnswered(AnswerRefused):
    """Somebody answered first; ``by`` and ``at`` say who and when."""

    def __init__(self, review: str, by: str, at: str) -> None:
        self.review, self.by, self.at = review, by, at
        super().__init__(f"Review {review!r} was already answered by {by!r} at {at}.")


class ReviewClaimed(AnswerRefused):
    """Somebody else has claimed the question; ``by`` and ``until`` say who, and until when."""

    def __init__(self, review: str, by: str, until: str) -> None:
        self.review, self.by, self.until = review, by, until
        super().__init__(f"Review {review!r} is claimed by {by!r} until {until}. Ask them, or try again after that.")


class StaleAnswer(AnswerRefused):
    """A version that the answer speaks of has moved.

    Attributes: ``question``, the one that was answered; ``open_questions``, those open now; ``changes``, what has
    changed, in words.
    """

    def __init__(self, question: str, open_questions: Sequence[str], changes: Sequence[str] = ()) -> None:
        self.question, self.open_questions, self.changes = question, tuple(open_questions), tuple(changes)
        now = ", ".join(open_questions) or "none"
        what = f": {'; '.join(changes)}" if changes else ""
        super().__init__(f"Question {question!r} is no longer open, as the run has moved on{what}. Open now: {now}.")


class InvalidAnswer(AnswerRefused):
    """The answer does not fit the question or breaks a contract; ``problems`` holds (field, reason) pairs, if any."""

    def __init__(self, message: str, problems: Sequence[tuple[str, str]] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class DatabaseLost(RoundhouseError):
    """The database cannot be used any more while work is going on."""

    def __init__(self, reason: str) -> None:
        self.reason = " ".join(reason.split())
        super().__init__(f"The database was lost: {self.reason}. What was committed is kept; give the command again.")


class ValueRefused(RoundhouseError):
    """The database cannot keep a value."""

    def __init__(self, reason: str) -> None:
        self.reason = " ".join(reason.split())
        super().__init__(f"The database cannot keep a value: {self.reason}.")


class UnknownRun(RoundhouseError):
    """No run of that id, or several that begin so; ``run`` was asked for, ``candidates`` are some that begin so."""

    def __init__(self, run: str, candidates: Sequence[str] = ()) -> None:
        self.run, self.candidates = run, tuple(candidates)
        none = f"Run {run!r} does not exist. 'roundhouse runs' lists them."
        several = f"{run!r} begins more than one run: {', '.join(candidates)} and maybe others. Give more of it."
        super().__init__(several if candidates else none)


class UnknownEffect(RoundhouseError):
    """No effect of that id, or several that begin so; ``effect`` was asked for."""

    def __init__(self, effect: str) -> None:
        self.effect = effect
        super().__init__(f"Effect {effect!r} does not exist, or begins several. 'roundhouse outbox' lists them.")


class RunExists(RoundhouseError):
    """A run of that id was started before; ``run`` holds it."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(f"Run {run!r} was started before. Use another id, or resume it.")


class RunEnded(RoundhouseError):
    """The run is at its end, so that it is not migrated; ``run`` and ``status`` say which and how it ended."""

    def __init__(self, run: str, status: str) -> None:
        self.run, self.status = run, status
        super().__init__(f"Run {run!r} is {status}. Only runs that wait, were cut off or failed are migrated.")


class RunBusy(RoundhouseError):
    """Another driver holds the run's lease; ``driver`` and ``until`` say which and how long."""

    def __init__(self, run: str, driver: str, until: str) -> None:
        self.run, self.driver, self.until = run, driver, until
        super().__init__(f"Run {run!r} is being driven by {driver!r} until {until}. Try again after that.")


class LeaseLost(RoundhouseError):
    """This driver's lease was taken over; nothing of its later work was written."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(f"Run {run!r} was taken over by another driver; this one wrote nothing more.")


class SignatureChanged(RoundhouseError):
    """The run was started under another signature of its workflow; ``differences`` says what changed."""

    def __init__(self, run: str, workflow: str, differences: Sequence[str]) -> None:
        self.run, self.workflow, self.differences = run, workflow, tuple(differences)
        super().__init__(
            f"Run {run!r} was started under another signature of {workflow!r}: {'; '.join(differences)}. "
            f"Finish it with the version that it was started with, or 'roundhouse migrate {run}' lets it go on "
            "under this one."
        )


class ModelTrouble(RoundhouseError):
    """One call of a chat model failed.

    Attributes: ``kind``, what became of it; ``retry_after``, the seconds that the server asks to be left alone;
    ``gist``, what other cases may be told of it, without anything that the server said.
    """

    def __init__(self, kind: Trouble, words: str, retry_after: float | None = None, gist: str | None = None) -> None:
        self.kind, self.retry_after, self.gist = kind, retry_after, gist or words
        super().__init__(words)

    @property
    def may_pass(self) -> bool:
        """Whether the same call may go well a little later."""
        return self.kind in ("rate_limit", "server", "unreachable", "timeout")


class ContractBroken(RoundhouseError):
    """A specialist returned what its contract does not allow, or a predicate raised; ``who`` and ``reason`` tell."""

    def __init__(self, who: str, reason: str) -> None:
        self.who, self.reason = who, reason
        super().__init__(f"{who} broke its contract: {reason}")


class ExperimentFailed(RoundhouseError):
    """A trial of an experiment could not be made; the message says which, and it can be sent between processes."""


class Stuck(RoundhouseError):
    """No rule of the agenda applies; ``decisions`` names those that cannot go on."""

    def __init__(self, decisions: Sequence[str]) -> None:
        self.decisions = tuple(decisions)
        super().__init__(
            f"The agenda has nothing to do and is not finished: {', '.join(decisions)}. This is a defect of Roundhouse."
        )


def problems(invalid: ValidationError) -> list[tuple[str, str]]:
    """What a contract was broken by: (field, reason) pairs, the whole value under the contract's own name."""
    return [(".".join(map(str, error["loc"])) or invalid.title, unprefixed(error["msg"])) for error in invalid.errors()]


def in_words(invalid: ValidationError) -> str:
    """What a contract was broken by, in one line."""
    return "; ".join(f"{field}: {why}" for field, why in problems(invalid))

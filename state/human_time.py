"""Human time: what answering questions has taken people, as far as it was seen.

Only a claim shows when a person began. So the time of an answer that was given within its own claim is that from the
claim to the answer. Claims of one person that overlap count once: whoever claims ten questions and answers them in ten
minutes has worked for ten minutes. Of an answer without such a claim it is only known that it was given; what it is
taken to have lasted, a price table declares. How long a question lay in the queue is waiting, and no work.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from state.intervals import Interval, length, united
from state.review import Voice
from state.run import ReviewStatus


class Asked(NamedTuple):
    """What a question says of the time that it took."""

    status: ReviewStatus
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    claimed_until: datetime | None
    answered_by: str | None
    answered_at: datetime | None
    voice: Voice | None
    """Whose word the answer is; None stands for a person's."""


@dataclass(frozen=True, slots=True)
class HumanTime:
    """What people have done for some runs."""

    answers: int = 0
    """The questions that people answered."""
    claimed: int = 0
    """Those of them that were answered within a claim of whoever answered."""
    seconds: float = 0.0
    """From claims to answers, in seconds; those of one person that overlap count once."""
    queued: float = 0.0
    """Seconds from each question to its answer by a person, added up: waiting, and no work."""
    open: int = 0
    """The questions that still wait for a person."""
    by_policy: int = 0
    """The questions that a policy answered; nobody has worked at them."""

    @property
    def unclaimed(self) -> int:
        """The answers of which nobody knows how long they took."""
        return self.answers - self.claimed

    def worked(self, each: float) -> float:
        """Seconds of work, with ``each`` for an answer of which nobody knows how long it took."""
        return self.seconds + self.unclaimed * each


def human_time(questions: Iterable[Asked]) -> HumanTime:
    """What people have done for these questions. Pure."""
    claims: dict[str, list[Interval]] = defaultdict(list)
    answers = waiting = by_policy = 0
    queued = 0.0
    for each in questions:
        if each.status in ("open", "claimed"):
            waiting += 1
        elif each.answered_at is None or each.answered_by is None:
            continue
        elif each.voice == "policy":
            by_policy += 1
        else:
            answers += 1
            queued += max(0.0, (each.answered_at - each.opened_at).total_seconds())
            if (claim := _claim(each, each.answered_at)) is not None:
                claims[each.answered_by].append(claim)
    return HumanTime(
        answers=answers,
        claimed=sum(map(len, claims.values())),
        seconds=sum(length(united(of_one)) for of_one in claims.values()),
        queued=queued,
        open=waiting,
        by_policy=by_policy,
    )


def _claim(asked: Asked, answered: datetime) -> Interval | None:
    """From the claim to the answer; None where that person had no claim any more."""
    if asked.claimed_by != asked.answered_by or asked.claimed_at is None or asked.claimed_until is None:
        return None
    return (asked.claimed_at, answered) if asked.claimed_at <= answered <= asked.claimed_until else None

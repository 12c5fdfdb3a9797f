"""What the receivers of effects have, and whether that is what the outbox says."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.faults import tables
from tests.faults.children import deliver
from tests.faults.site import Site
from tests.support.receivers import MailReceiver, WebhookReceiver

Kind = Literal["folder", "webhook", "mail"]

ROUNDS = 4
"""How often what failed is tried again before the receivers are looked at."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who gets effects."""

    kind: Kind
    url: str
    came: Callable[[], Counter[str]]
    """How often each effect was acted on, by its id."""


@contextmanager
def receiving(kind: Kind, folder: Path) -> Iterator[Receiver]:
    """A receiver that never fails."""
    match kind:
        case "folder":
            yield Receiver(kind, f"folder:{folder}", lambda: _files(folder))
        case "webhook":
            with WebhookReceiver() as web:
                yield Receiver(kind, web.url, lambda: Counter(list(web.processed)))
        case "mail":
            with MailReceiver() as mail:
                url = f"{mail.url}?from=hub@example.com&to=desk@example.com&tls=none&timeout=10"
                yield Receiver(kind, url, lambda: _mails(mail))


def _files(folder: Path) -> Counter[str]:
    return Counter(path.stem.rpartition("-")[2] for path in folder.glob("*.json"))


def _mails(server: MailReceiver) -> Counter[str]:
    counts: Counter[str] = Counter()
    for message_id, times in server.came.items():
        counts[message_id.strip("<>").partition("@")[0]] += times
    return counts


def judge(site: Site, fault: str, receiver: Receiver, runs: list[str]) -> None:
    """Deliver what is left, and see that every effect is where the outbox says, once."""
    site.children.run(deliver, site.world_with(receiver.url), ROUNDS)
    came, tally = receiver.came(), site.tally(fault)
    for run in runs:
        rows = tables.rows(site.url, "SELECT id, status FROM outbox WHERE run = :run", run=run)
        assert len(rows) == 1, (run, rows)
        [(effect, status)] = rows
        tally.repeated += came[effect] > 1
        tally.unknown += status == "unknown"
        doubted = status == "unknown" and receiver.kind == "mail"
        tally.lost += came[effect] == 0 and not doubted
        assert came[effect] == 1 or (doubted and came[effect] == 0), (run, status, came[effect])
        assert status == "delivered" or doubted, (run, status)

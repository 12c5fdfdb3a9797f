"""Receivers on loopback: a web server and a mail server in threads, which keep what came and misbehave as told.

Whoever sends can be another process; what was received is looked at here.
"""

import time
from collections.abc import Callable

from tests.support.mail_receiver import (
    ACCEPT,
    DROP_AT_CONNECT,
    HANG,
    LOSE_REPLY,
    PUT_OFF,
    UNKNOWN_RECIPIENT,
    Mailed,
    MailReceiver,
    Mishap,
    Stage,
    speaking,
)
from tests.support.webhook_receiver import Answer, Misbehave, Posted, Reaction, WebhookReceiver

__all__ = [
    "ACCEPT",
    "DROP_AT_CONNECT",
    "HANG",
    "LOSE_REPLY",
    "PUT_OFF",
    "UNKNOWN_RECIPIENT",
    "Answer",
    "MailReceiver",
    "Mailed",
    "Misbehave",
    "Mishap",
    "Posted",
    "Reaction",
    "Stage",
    "WebhookReceiver",
    "speaking",
    "wait_until",
]


def wait_until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for what another thread or process is about to do. Raises ``TimeoutError``."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)

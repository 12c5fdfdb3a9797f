"""Attention: which threshold a run gets, and what the runs so far say about the certificate that it is of.

The newest certificate of a workflow's signature governs. While it stands, its threshold holds; once it is withdrawn,
its policy does. Runs are looked at as they come to a standstill, some at a time, in whatever process they are.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from graphs.attention.controller import moved, threshold_of
from graphs.attention.drift import observed, observed_errors
from graphs.workflow import Workflow
from state.certificate import Certificate
from state.run import Pins
from state.sql.certificates import Governing, governing, issue, the_key
from state.sql.looks import News, look, to_look_at
from state.sql.store import Store
from state.watch import Alarm, Watch

logger = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds after which a certificate is read again, since another process may have withdrawn it."""

TOGETHER = 25
"""How many runs are looked at together while the certificate stands."""

CLOSELY = 5
"""How many are once it is withdrawn, and the threshold is moved by each."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What a run is held to."""

    threshold: float
    certificate: Certificate | None = None
    """The one that governs it, standing or withdrawn; None where the threshold is the workflow's own."""

    @property
    def pins(self) -> Pins:
        """What a run that starts under it takes down."""
        pins: Pins = {"threshold": self.threshold}
        if self.certificate is not None:
            pins["certificate" if self.certificate.is_standing else "withdrawn"] = self.certificate.id
        return pins

    @property
    def known_by(self) -> float | str:
        """What a batch under it is known by; it does not change where a threshold is moved under way."""
        return self.threshold if self.certificate is None else self.certificate.id


@dataclass(slots=True)
class _Known:
    """A certificate as it was read last."""

    found: Governing | None
    read_at: float
    noticed: int = 0
    """How many runs have come to a standstill since it was looked at."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Attention:
    """Keeps the budget for human attention, on one database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], _Known] = {}
        self._key: str | None = None

    async def key(self) -> str:
        """The secret that cases are drawn with."""
        if self._key is None:
            self._key = await self._store.write(the_key)
        return self._key

    async def issue(self, certificate: Certificate) -> str | None:
        """Have a certificate govern the runs of its workflow version that start from now on.

        Returns the one that stood before, whose place it takes; None where none did.
        """
        before = await self._store.write(issue, certificate)
        self._known.pop((certificate.workflow, certificate.signature), None)
        return before

    async def standard(self, name: str, workflow: Workflow) -> Standard:
        """What a run of a workflow that starts now is held to; ``name`` is the workflow's in the tables."""
        if workflow.escalation is None:
            return Standard(workflow.threshold)
        found = (await self._read(name, workflow.signature)).found
        if found is None:
            return Standard(workflow.threshold)
        return Standard(threshold_of(found.certificate, found.watch), found.certificate)

    async def governing(self, name: str, workflow: Workflow) -> Governing | None:
        """The certificate that governs a workflow, with its watch, after a look at what has been run since."""
        return await self.look(name, workflow.signature)

    async def noticed(self, name: str, workflow: Workflow) -> None:
        """A run has come to a standstill. Every so many, the certificate is held against them."""
        known = self._known.get((name, workflow.signature))
        if known is None or known.found is None:
            return
        known.noticed += 1
        together = TOGETHER if known.found.certificate.is_standing else CLOSELY
        if known.noticed >= together and not known.lock.locked():
            await self.look(name, workflow.signature)

    async def look(self, name: str, signature: str) -> Governing | None:
        """Hold a certificate against all that has been run under it; returns how it stands then.

        On alarm it is withdrawn, and the log says why. None where there is no certificate.
        """
        known = await self._read(name, signature)
        async with known.lock:
            known.noticed = 0
            if known.found is not None:
                before = known.found.certificate
                while (looked := await self._store.write(look, before.id, _folded, datetime.now(UTC))) is not None:
                    known.found, known.read_at = looked.governing, time.monotonic()
                    if looked.is_done:
                        break
                _tell(before, known.found)
            return known.found

    async def catch_up(self) -> None:
        """Look at every certificate under which something was run, here or elsewhere, since the last look."""
        for name, signature in await self._store.read(to_look_at):
            await self.look(name, signature)

    async def _read(self, name: str, signature: str) -> _Known:
        """What is known of the certificate of a signature, at most a second old."""
        known = self._known.get((name, signature))
        if known is None or time.monotonic() - known.read_at > FRESH:
            found = await self._store.read(governing, name, signature)
            if known is None:
                known = self._known.setdefault((name, signature), _Known(found, 0.0))
            known.found, known.read_at = found, time.monotonic()
        return known


def _folded(found: Governing, news: News) -> tuple[Watch, Alarm | None]:
    """What the news make of a watch: bets against a certificate that stands, and control of the threshold of one that
    does not."""
    certificate, watch, alarm = found.certificate, found.watch, None
    if certificate.is_standing:
        watch, alarm = observed(watch, certificate, news.sightings)
    else:
        watch = moved(watch, certificate, [each.asked for each in news.sightings])
    watch, wrong = observed_errors(watch, certificate, news.errors)
    if certificate.is_standing and (alarm := alarm or wrong) is not None:
        watch = watch.model_copy(update={"cases_before": watch.cases, "asked_before": watch.asked})
    return watch, alarm


def _tell(before: Certificate, now: Governing) -> None:
    if before.is_standing and not now.certificate.is_standing:
        logger.warning("Certificate %s is withdrawn: %s", before.id, now.certificate.ended_because)


def governed_by(pins: Pins) -> str | None:
    """The certificate that a run is governed by, standing or withdrawn when it began; None where it has none."""
    return pins.get("certificate") or pins.get("withdrawn")

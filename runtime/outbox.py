"""The outbox as people see it: what went out, what waits, and what needs their word."""

from datetime import UTC, datetime

from state.effect import EffectRow, EffectStatus
from state.sql.outbox import Resolution, count_effects, list_effects, resolve, retry_dead
from state.sql.store import Store


class Outbox:
    """What people do with effects."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def outbox(
        self, status: EffectStatus | None = None, limit: int = 100
    ) -> tuple[list[EffectRow], dict[str, int]]:
        """Effects, those that need attention first, and how many there are in each status."""
        return await self.store.read(list_effects, status, limit), await self.store.read(count_effects)

    async def resolve(self, effect: str, as_: Resolution, *, by: str) -> EffectRow:
        """Say what is to become of an effect that is unknown or dead. Raises ``UnknownEffect`` or ``UsageError``."""
        return await self.store.write(resolve, effect, as_, by, datetime.now(UTC))

    async def retry_dead(self, *, by: str) -> int:
        """Have every dead effect sent again; returns how many."""
        return await self.store.write(retry_dead, by, datetime.now(UTC))

"""The inbox: the questions that wait for a human, and who is at which."""

from datetime import UTC, datetime, timedelta

from state.run import ReviewRow
from state.sql.claims import claim, prioritise, release
from state.sql.reviews import alike, find_review, list_open
from state.sql.store import Store


class Inbox:
    """What people do with questions besides answering them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def alike(self, review: str) -> list[ReviewRow]:
        """The open questions of the same workflow, kind, decisions, conflict and suggestion, with that one."""
        return await self.store.read(alike, review)

    async def claim(self, review: str, *, by: str, minutes: float = 15.0) -> ReviewRow:
        """Claim a question for a time, so that nobody else answers it; again, to hold it for longer.

        Raises ``ReviewClaimed`` where somebody else has it, ``AlreadyAnswered``, ``StaleAnswer``, ``UnknownReview``.
        """
        length = timedelta(minutes=minutes)
        return await self.review(await self.store.write(claim, review, by, length, datetime.now(UTC)))

    async def release(self, review: str, *, by: str) -> ReviewRow:
        """Let go of one's claim on a question. Raises as ``claim`` does."""
        return await self.review(await self.store.write(release, review, by, datetime.now(UTC)))

    async def prioritise(self, review: str, priority: int, *, by: str) -> ReviewRow:
        """Show a question sooner, with a higher number, or later. Raises as ``claim`` does."""
        return await self.review(await self.store.write(prioritise, review, priority, by, datetime.now(UTC)))

    async def review(self, review: str) -> ReviewRow:
        """One review, by its id or the beginning of it. Raises ``UnknownReview``."""
        return await self.store.read(find_review, review)

    async def inbox(self, workflow: str | None = None, limit: int = 1000, queue: str | None = None) -> list[ReviewRow]:
        """The open questions, most urgent and oldest first."""
        return await self.store.read(list_open, limit, workflow, queue)

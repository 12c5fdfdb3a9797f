"""Our own error among those that were raised, which may be in a group."""

from state.errors import RoundhouseError


def own_error(raised: BaseException) -> RoundhouseError | None:
    """The error, or the first in a group of them, that is one of ours; None where there is none."""
    if isinstance(raised, BaseExceptionGroup):
        return next((found for each in raised.exceptions if (found := own_error(each))), None)
    return raised if isinstance(raised, RoundhouseError) else None

"""The substance of a decision: what it decides, without how sure its maker is, why, and what it thinks of others.

Two decisions of equal substance are the same to the lab. When something was done is no part of it either: a moment
within a list or an object says when a file was read or a note was taken, and is another one in every run.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from state.decision import Decision

BESIDE = frozenset(Decision.model_fields)
"""The fields that every decision has beside what it decides."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


def beside(contract: type[Decision]) -> frozenset[str]:
    """The fields of a contract that are no part of its substance. A contract names more of them in ``BESIDE``."""
    own: frozenset[str] = getattr(contract, "BESIDE", frozenset())
    return BESIDE | own


def substance(contract: type[Decision], value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a decision, as plain JSON, that say what it decides. Pure."""
    aside = beside(contract)
    return {name: _lasting(each) for name, each in value.items() if name not in aside}


def digest(decision: Decision) -> str:
    """The substance as one text: equal where two decisions decide the same. Pure."""
    contract = type(decision)
    aside = beside(contract)
    kept = [getattr(decision, name) for name in contract.model_fields if name not in aside]
    if all(isinstance(value, int | str) for value in kept):
        return repr(kept)
    return json.dumps(substance(contract, decision.model_dump(mode="json")), sort_keys=True)


def _lasting(value: Any) -> Any:
    """A value without the moments within it."""
    match value:
        case list():
            return [_lasting(each) for each in value if not _is_moment(each)]
        case dict():
            return {name: _lasting(each) for name, each in value.items() if not _is_moment(each)}
        case _:
            return value


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None

"""The substance of a decision: what it decides, without how sure its maker is, why, and what it thinks of others."""

import json
from collections.abc import Mapping
from typing import Any

from state.decision import Decision

BESIDE = frozenset(Decision.model_fields)
"""The fields that every decision has beside what it decides."""


def beside(contract: type[Decision]) -> frozenset[str]:
    """The fields of a contract that are no part of its substance. A contract names more of them in ``BESIDE``."""
    own: frozenset[str] = getattr(contract, "BESIDE", frozenset())
    return BESIDE | own


def substance(contract: type[Decision], value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a decision, as plain JSON, that say what it decides. Pure."""
    aside = beside(contract)
    return {name: each for name, each in value.items() if name not in aside}


def digest(decision: Decision) -> str:
    """The substance as one text: equal where two decisions decide the same. Pure."""
    contract = type(decision)
    kept = {name: getattr(decision, name) for name in contract.model_fields if name not in beside(contract)}
    if all(isinstance(value, int | str) for value in kept.values()):
        return repr(tuple(kept.values()))
    return json.dumps(decision.model_dump(mode="json", include=set(kept)), sort_keys=True)

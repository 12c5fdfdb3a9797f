"""The position: what a decision stands for. Two decisions agree when their positions are equal."""

import json
from collections.abc import Callable, Hashable
from typing import Any

from state.decision import Decision

Position = Callable[[Any], Hashable]
"""What a decision stands for; pure and quick."""


def whole_content(decision: Decision) -> Hashable:
    """The decision without its confidence and rationale: the default position."""
    return json.dumps(decision.model_dump(mode="json", exclude={"confidence", "rationale"}), sort_keys=True)

"""A case that somebody gives, held to its contract before anything is done with it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from state.case import Case
from state.errors import InvalidCase, problems
from state.plain import unkeepable


def checked_case(contract: type[Case], case: Case | Mapping[str, Any]) -> Case:
    """The case, held to its contract. Raises ``InvalidCase``."""
    try:
        checked = contract.model_validate(case.model_dump() if isinstance(case, Case) else case)
    except ValidationError as invalid:
        raise InvalidCase(problems(invalid)) from invalid
    reason = unkeepable(checked.model_dump(mode="json"))
    if reason is not None:
        raise InvalidCase([("case", reason)])
    return checked

"""A case or an answer that somebody gives, held to its contract before anything is done with it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from state.case import Case
from state.errors import InvalidAnswer, InvalidCase, in_words, problems
from state.plain import unkeepable
from state.review import Answer


def checked_answer(**said: Any) -> Answer:
    """The answer that somebody gave. Raises ``InvalidAnswer``."""
    try:
        answer = Answer.model_validate(said)
        answer.model_dump(mode="json")
    except ValidationError as invalid:
        raise InvalidAnswer(f"The answer does not fit: {in_words(invalid)}.") from invalid
    except ValueError as unkept:
        raise InvalidAnswer(f"The answer cannot be kept: {unkept}.") from unkept
    return answer


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

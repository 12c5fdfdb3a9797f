"""Leads whose free text gives orders, and a model that obeys whatever it reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.model_chat import ChatRequest, Reply
from tests.support.model_ideal import ideal


@dataclass(frozen=True, slots=True)
class Injection:
    """A text that gives orders, and what a model answers that obeys them."""

    name: str
    text: str
    demands: Mapping[str, Any]
    """The fields of an answer; ``prose`` for an answer that is none."""


def injections() -> list[Injection]:
    """All of them, from the file beside this module."""
    lines = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    return [Injection(**json.loads(line)) for line in lines]


def material(asked: ChatRequest) -> Any:
    """What stands between the marks of the fence in its first message, read as JSON."""
    shown = str(next(each["content"] for each in asked.messages if each["role"] == "user"))
    fence, _, _ = shown.partition("\n</data>")
    return json.loads(fence.removeprefix("<data>\n"))


def obedient(asked: ChatRequest) -> Reply:
    """The answer of a model that obeys the order in its material; a good one where there is none."""
    texts = list(_texts(material(asked)))
    obeyed = next((each for each in injections() if any(each.text.strip() in text for text in texts)), None)
    if obeyed is None:
        return ideal(asked)
    if "prose" in obeyed.demands:
        return Reply(obeyed.demands["prose"])
    return Reply({"rationale": obeyed.text, "confidence": 1.0, **obeyed.demands})


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in _texts(each)]
        case list():
            return [text for each in value for text in _texts(each)]
        case _:
            return []

"""The ideal model: its answers always fit the schema, and the same question gets the same answer.

It walks the schema from its root. Of what may be one of several it takes the first that is not null, apart from
properties named ``ask`` and ``escalate``, which are null where they may be. Patterns are not looked at.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.support.model_chat import ChatRequest, Json, Reply

DECLINED = frozenset({"ask", "escalate"})
"""Properties that are null where they may be."""
DEEPEST = 12
"""Levels; below, whatever may be null or left out is."""
FORMATS: Mapping[str, str] = {
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "time": "09:00:00Z",
    "duration": "PT1H",
    "email": "ann@example.com",
    "uuid": "0b9f2d3c-6a51-4c7e-9d80-1f2e3a4b5c6d",
    "uri": "https://example.com/",
}
SUBJECTS = ("The record", "The customer", "The message", "The account", "The note")
VERBS = ("shows", "names", "supports", "explains", "suggests")
OBJECTS = ("a clear need", "a recent change", "the usual case", "two open points", "a steady interest")


def ideal(request: ChatRequest) -> Reply:
    """A valid answer to any request, decided by the text of the user's last message."""
    random = Random(request.question)
    if request.schema is not None:
        value = _Maker(request.schema, random).make(request.schema)
        return Reply(value if isinstance(value, dict) else json.dumps(value))
    if (request.body.get("response_format") or {}).get("type") == "json_object":
        return Reply({"text": _sentence(random)})
    return Reply(_sentence(random))


def _sentence(random: Random) -> str:
    return f"{random.choice(SUBJECTS)} {random.choice(VERBS)} {random.choice(OBJECTS)}."


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes values that fit parts of one schema."""

    root: Json
    random: Random

    def make(self, schema: Json, name: str = "", depth: int = 0) -> Any:
        match self._resolved(schema):
            case {"const": value}:
                return value
            case {"enum": [*values]}:
                return self.random.choice(values)
            case {"anyOf": [*options]} | {"oneOf": [*options]}:
                return self.make(_chosen(options, name, depth), name, depth)
            case {"type": [*types], **others}:
                return self.make(_chosen([{**others, "type": each} for each in types], name, depth), name, depth)
            case {"type": str(kind), **rules}:
                return self._typed(kind, rules, depth)
            case {"properties": _} as untyped:
                return self._object(untyped, depth)
            case _:
                return _sentence(self.random)

    def _typed(self, kind: str, schema: Json, depth: int) -> Any:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return self._string(schema)
            case "integer":
                return self._integer(schema)
            case "number":
                return self._number(schema)
            case "boolean":
                return self.random.random() < 0.5
            case _:
                return None

    def _resolved(self, schema: Json) -> Json:
        """Without ``$ref`` and ``allOf``."""
        while "$ref" in schema:
            target: Any = self.root
            for step in schema["$ref"].removeprefix("#").split("/")[1:]:
                target = target[step.replace("~1", "/").replace("~0", "~")]
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema.get("allOf", ()):
            whole |= self._resolved(part)
        return whole

    def _object(self, schema: Json, depth: int) -> dict[str, Any]:
        wanted = schema.get("properties", {})
        if depth > DEEPEST:
            wanted = {name: part for name, part in wanted.items() if name in schema.get("required", ())}
        return {name: self.make(part, name, depth + 1) for name, part in wanted.items()}

    def _array(self, schema: Json, depth: int) -> list[Any]:
        first = schema.get("prefixItems", ())
        parts = [*first, *[schema.get("items", {})] * (schema.get("minItems", 0) - len(first))]
        return [self.make(part, depth=depth + 1) for part in parts]

    def _string(self, schema: Json) -> str:
        text = FORMATS.get(schema.get("format", "")) or _sentence(self.random)
        while len(text) < schema.get("minLength", 0):
            text = f"{text} {_sentence(self.random)}"
        return text[: schema.get("maxLength")]

    def _integer(self, schema: Json) -> int:
        return int(self._stepped(schema, schema.get("multipleOf", 1)))

    def _number(self, schema: Json) -> float:
        if "multipleOf" in schema:
            return self._stepped(schema, schema["multipleOf"])
        low, high = _bounds(schema)
        exact = low + (high - low) * self.random.randint(1, 99) / 100
        tidy = round(exact, 6)
        return tidy if low < tidy < high else exact

    def _stepped(self, schema: Json, step: float) -> float:
        low, high = _bounds(schema)
        least, most = int(-(-low // step)), int(high // step)
        least += "exclusiveMinimum" in schema and least * step == low
        most -= "exclusiveMaximum" in schema and most * step == high
        return self.random.randint(least, most) * step


def _bounds(schema: Json) -> tuple[float, float]:
    """The least and the most that a number may be; 100 apart where one of them is open."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = 0 if high is None or high > 0 else high - 100
    return low, low + 100 if high is None else high


def _chosen(options: Sequence[Json], name: str, depth: int) -> Json:
    null = [option for option in options if option.get("type") == "null"]
    if null and (name in DECLINED or depth > DEEPEST):
        return null[0]
    return next((option for option in options if option.get("type") != "null"), options[0])

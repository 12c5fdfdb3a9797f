"""The answer's schema: what a chat model is asked to return, as JSON schema in OpenAI's strict form.

The rationale comes first, so that a model reasons before it decides and a reader sees why as it arrives; the
confidence comes last. Where a seat may also ask or escalate, the answer is one of the three.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.brief import Brief
from agents.tools.tool import Tool
from state.decision import Decision

OwnAnswer = Literal["ask", "escalate"]
"""What a model may answer in place of a decision."""

_FOR_PYTHON = frozenset({"title", "default", "examples"})
"""The keys that say nothing to a model, or that the strict form does not take."""


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """What an answer must look like."""

    name: str
    schema: Mapping[str, Any]
    is_strict: bool
    """Whether it has a strict form; a map with free keys has none."""
    others: frozenset[OwnAnswer] = frozenset()
    """What may be answered in place of a decision."""
    weighed: str | None = None
    """The field whose tokens' probabilities are asked for, where there is one."""

    @property
    def response_format(self) -> dict[str, Any]:
        """As the protocol's ``response_format``."""
        body = {"name": self.name, "schema": self.schema, "strict": self.is_strict}
        return {"type": "json_schema", "json_schema": body}

    @property
    def as_tool(self) -> dict[str, Any]:
        """As a tool to call, for servers that take no ``response_format``."""
        words = "Give your answer by calling this."
        return tool_of(self.name, words, self.schema, self.is_strict)


def tool_of(name: str, description: str, parameters: Mapping[str, Any], is_strict: bool) -> dict[str, Any]:
    """A tool as the protocol has it."""
    function = {"name": name, "description": description, "parameters": parameters, "strict": is_strict}
    return {"type": "function", "function": function}


def described(tool: Tool) -> dict[str, Any]:
    """A tool that a specialist may call, as the protocol has it."""
    parameters = _strict(tool.arguments.model_json_schema())
    return tool_of(tool.name, tool.description, parameters, not _is_open(parameters))


def filled_fields(decides: type[Decision], brief: Brief) -> tuple[str, ...]:
    """The fields that the model fills, in the order in which it does."""
    own = [name for name in decides.model_fields if name not in Decision.model_fields]
    chosen = own if brief.fills is None else [name for name in own if name in brief.fills]
    return ("rationale", *chosen, "confidence")


def filled_type(decides: type[Decision], brief: Brief) -> type[BaseModel]:
    """The contract of the fields that the model fills, each as narrow as the brief has it."""
    fields: dict[str, Any] = {}
    for name in filled_fields(decides, brief):
        field, choices = decides.model_fields[name], brief.choices.get(name)
        fields[name] = (Literal.__getitem__(choices) if choices else field.annotation, field)
    fields["confidence"] = (float, _CONFIDENCE)
    return create_model(decides.__name__, __config__=ConfigDict(extra="forbid", frozen=True), **fields)


_CONFIDENCE: Any = Field(default=0.5, ge=0, le=1, description="How sure you are, 0 to 1")
"""Half where a model does not say it."""


def answer_schema(
    filled: type[BaseModel], may: Iterable[OwnAnswer] = (), ask: Iterable[str] = (), weighed: str | None = None
) -> AnswerSchema:
    """The schema of an answer.

    ``ask`` names the decisions upstream that a request may go to, ``weighed`` the field whose tokens are weighed.
    """
    whole = filled.model_json_schema()
    decision: dict[str, Any] = {"type": "object", "properties": whole["properties"]}
    others = _others(frozenset(may), sorted(ask))
    enveloped = {"type": "object", "properties": {"answer": {"anyOf": [decision, *others.values()]}}}
    root = enveloped if others else decision
    if "$defs" in whole:
        root = {**root, "$defs": whole["$defs"]}
    strict = _strict(root)
    return AnswerSchema(filled.__name__, strict, not _is_open(strict), frozenset(others), weighed)


def _others(may: frozenset[OwnAnswer], ask: list[str]) -> dict[OwnAnswer, dict[str, Any]]:
    text = {"type": "string"}
    found: dict[OwnAnswer, dict[str, Any]] = {}
    if "ask" in may and ask:
        request = {"type": "object", "properties": {"to": {"type": "string", "enum": ask}, "text": text}}
        about = "Ask the owners of earlier decisions to make them again before you can decide"
        requests = {"type": "array", "items": request, "minItems": 1}
        found["ask"] = {"type": "object", "description": about, "properties": {"ask": requests}}
    if "escalate" in may:
        about = "Leave the decision to a person, and say why"
        found["escalate"] = {"type": "object", "description": about, "properties": {"escalate": text}}
    return found


def _strict(schema: Any) -> Any:
    match schema:
        case {"$ref": reference}:
            # the strict form takes nothing beside a reference
            return {"$ref": reference}
        case dict():
            made = {key: _strict_part(key, part) for key, part in schema.items() if key not in _FOR_PYTHON}
            if "properties" in made:
                made |= {"required": list(made["properties"]), "additionalProperties": False}
            return made
        case list():
            return [_strict(each) for each in schema]
        case _:
            return schema


def _strict_part(key: str, part: Any) -> Any:
    """One part of a schema; the keys of some parts are names, and the content of others is values."""
    match key:
        case "properties" | "$defs":
            return {name: _strict(each) for name, each in part.items()}
        case "enum" | "const":
            return part
        case _:
            return _strict(part)


def _is_open(schema: Mapping[str, Any]) -> bool:
    """Whether some part takes what the strict form cannot say: anything, free keys, or a tuple of fixed places."""
    if _SAID.isdisjoint(schema):
        return True
    if "prefixItems" in schema or (schema.get("type") == "object" and "properties" not in schema):
        return True
    parts = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    return any(map(_is_open, [*parts, *([schema["items"]] if "items" in schema else [])]))


_SAID = frozenset({"type", "enum", "const", "anyOf", "allOf", "oneOf", "$ref"})
"""A schema with none of these says nothing."""

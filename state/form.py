"""The form: the fields of a contract as a person fills them in, and what they filled in as plain JSON.

The fields are read off the contract's JSON schema, so that a form knows of every contract what the contract itself
says. What a form has no widget for is JSON in words. The contract stays the judge of what was filled in.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

FieldKind = Literal["text", "long text", "whole number", "number", "choice", "choices", "yes or no", "words", "json"]
"""``choices``: several of a few. ``words``: a list of texts, one a line. ``json``: anything else, as JSON."""

_LONG = frozenset({"text", "rationale", "body", "message", "description"})
"""The names of texts that are longer than a line."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form."""

    name: str
    kind: FieldKind
    label: str
    about: str = ""
    """What it means, in words; empty where the contract does not say."""
    required: bool = False
    optional: bool = False
    """Whether it may be left empty, which is null."""
    default: Any = None
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None
    """The greatest allowed number of characters."""


def fields_of(contract: type[BaseModel]) -> tuple[FormField, ...]:
    """The fields of a contract in its order, by their names in the contract."""
    schema = contract.model_json_schema(by_alias=False)
    required, definitions = frozenset(schema.get("required", ())), schema.get("$defs", {})
    return tuple(
        _field(name, part, definitions, name in required) for name, part in schema.get("properties", {}).items()
    )


def filled(fields: tuple[FormField, ...], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was filled in as plain JSON, and what cannot be read, in words, by field.

    Texts that are empty are null where that is allowed, and left out where the contract has a default.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        if field.name not in given:
            continue
        try:
            value = _read(field, given[field.name])
        except ValueError as unread:
            wrong[field.name] = str(unread)
        else:
            if value is not None or field.optional:
                values[field.name] = value
    return values, wrong


def changed(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose values are not what they were."""
    return {name: value for name, value in values.items() if name not in before or before[name] != value}


def shown(field: FormField, value: Any) -> Any:
    """A plain JSON value as the field's widget takes it."""
    match field.kind:
        case "words":
            return "\n".join(map(str, value or ()))
        case "json":
            return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
        case "choices":
            return list(value or ())
        case "number":
            return None if value is None else float(value)
        case _:
            return value


def _field(name: str, part: Mapping[str, Any], definitions: Mapping[str, Any], required: bool) -> FormField:
    schema, optional = _resolved(part, definitions)
    return FormField(
        name=name,
        kind=_kind(name, schema),
        label=name.replace("_", " ").capitalize() if name != "id" else "Id",
        about=str(part.get("description", schema.get("description", ""))).replace("``", ""),
        required=required,
        optional=optional,
        default=part.get("default"),
        choices=_choices(schema),
        minimum=schema.get("minimum", schema.get("exclusiveMinimum")),
        maximum=schema.get("maximum", schema.get("exclusiveMaximum")),
        longest=schema.get("maxLength"),
    )


def _choices(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    match schema:
        case {"enum": choices} | {"items": {"enum": choices}}:
            return tuple(choices)
        case {"const": only}:
            return (only,)
        case _:
            return ()


def _resolved(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The schema of a field without references and without null, and whether null is allowed."""
    if "$ref" in part:
        return _resolved(definitions[part["$ref"].rpartition("/")[2]], definitions)
    others = [each for each in part.get("anyOf", ()) if each.get("type") != "null"]
    if len(others) == 1:
        inner, _ = _resolved(others[0], definitions)
        return {**inner, **{key: value for key, value in part.items() if key != "anyOf"}}, len(part["anyOf"]) > 1
    return part, False


def _kind(name: str, schema: Mapping[str, Any]) -> FieldKind:
    match schema:
        case {"enum": _} | {"const": _}:
            return "choice"
        case {"type": "boolean"}:
            return "yes or no"
        case {"type": "integer"}:
            return "whole number"
        case {"type": "number"}:
            return "number"
        case {"type": "string"}:
            return "long text" if name in _LONG else "text"
        case {"type": "array", "items": {"enum": _}}:
            return "choices"
        case {"type": "array", "items": {"type": "string"}}:
            return "words"
        case _:
            return "json"


def _read(field: FormField, value: Any) -> Any:
    match field.kind:
        case "words":
            return [line.strip() for line in str(value or "").splitlines() if line.strip()]
        case "json":
            return _parsed(str(value or ""))
        case "text" | "long text":
            return value if value is None or str(value).strip() else None
        case _:
            return value


def _parsed(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"is not JSON: {wrong}") from wrong

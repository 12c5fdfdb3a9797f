"""The message of an effect: written when the run finishes, from the decision that was approved."""

import json
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from graphs.workflow import Deliver
from state.artifact import Artifact
from state.effect import Message
from state.template import filled, one_line, placeholders

LONGEST = 500
"""Characters of a subject."""


def message_of(effect: Deliver, workflow: str, case: Mapping[str, Any], decision: Mapping[str, Any]) -> Message:
    """The message of an effect, given the case and the decision as plain JSON. Pure."""
    values = {name: _shown(value) for name, value in {**case, **decision}.items()}
    subject = filled(effect.subject, values) if effect.subject else _own(decision, "subject")
    text = filled(effect.text, values) if effect.text else _own(decision, "text")
    return Message(
        to=one_line(_shown(decision.get(effect.to))) or None if effect.to else None,
        subject=one_line(subject)[:LONGEST]
        or f"{workflow}: {effect.decision.__name__} for {one_line(case['id'])}"[:LONGEST],
        text=text or "\n".join(f"{name}: {_shown(value)}" for name, value in decision.items()),
        attachments=tuple(Artifact.model_validate(decision[name]) for name in effect.attach if decision.get(name)),
    )


def message_problems(effect: Deliver, case: type[Any]) -> list[str]:
    """What an effect names that neither its decision nor the case has."""
    own = set(effect.decision.model_fields)
    known = own | set(case.model_fields)
    unknown = [name for said in (effect.subject, effect.text) if said for name in placeholders(said)]
    found = [f"{{{name}}} stands for nothing" for name in unknown if name not in known]
    return found if effect.to is None or effect.to in own else [*found, f"to={effect.to!r} is no field of it"]


def attachment_problems(effect: Deliver) -> list[str]:
    """What an effect attaches that its decision does not have, or that is no file."""
    fields = effect.decision.model_fields
    found = [f"attach={name!r} is no field of it" for name in effect.attach if name not in fields]
    found += [
        f"attach={name!r} is no Artifact"
        for name in effect.attach
        if name in fields and not _is_file(fields[name].annotation)
    ]
    twice = sorted({name for name in effect.attach if effect.attach.count(name) > 1})
    return found + [f"attach={name!r} is there more than once" for name in twice]


def _is_file(annotation: Any) -> bool:
    """Whether a field holds a file, or may be without one."""
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    files = [kind for kind in kinds if kind is not type(None)]
    return bool(files) and all(isinstance(kind, type) and issubclass(kind, Artifact) for kind in files)


def _own(decision: Mapping[str, Any], name: str) -> str:
    value = decision.get(name)
    return value if isinstance(value, str) else ""


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)

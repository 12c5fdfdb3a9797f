"""A form made from a contract: a widget for each field, its documentation beside it, and what is wrong below it."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import streamlit as st

from state.form import FormField, shown
from views.parts.text import escaped

NULL = "–"
"""What stands for null among choices."""

WRONG = "form-wrong"
"""Where a session keeps what is wrong with the form that was given last, by field, beside the form's key."""

COLUMNS = 2
"""How many fields stand beside each other where there is room."""


def wrong_with(key: str) -> dict[str, str]:
    """What is wrong with a form, by field, since it was given last."""
    form, wrong = st.session_state.get(WRONG, ("", {}))
    return dict(wrong) if form == key else {}


def say_wrong(key: str, wrong: Mapping[str, str]) -> NoReturn:
    """Show a form again, with what is wrong at its fields."""
    st.session_state[WRONG] = (key, dict(wrong))
    st.rerun()


def forget_wrong() -> None:
    """Let the next form begin without anything wrong."""
    st.session_state.pop(WRONG, None)


def form_fields(key: str, fields: Sequence[FormField], values: Mapping[str, Any]) -> dict[str, Any]:
    """The widgets of a form's fields, short ones in columns, each with what is wrong with it; and what they hold."""
    wrong = wrong_with(key)
    given: dict[str, Any] = {}
    short = [field for field in fields if not _is_tall(field)]
    for place in range(0, len(short), COLUMNS):
        for column, field in zip(st.columns(COLUMNS), short[place : place + COLUMNS], strict=False):
            with column:
                given[field.name] = _field(key, field, values, wrong)
    for field in fields:
        if _is_tall(field):
            given[field.name] = _field(key, field, values, wrong)
    return given


def _is_tall(field: FormField) -> bool:
    return field.kind in ("long text", "json", "words")


def _field(key: str, field: FormField, values: Mapping[str, Any], wrong: Mapping[str, str]) -> Any:
    given = _widget(f"{key}-{field.name}", field, shown(field, values.get(field.name, field.default)))
    if field.about:
        st.caption(escaped(field.about))
    if field.name in wrong:
        st.markdown(f":red[:material/error: {escaped(wrong[field.name])}]")
    return given


def _widget(key: str, field: FormField, value: Any) -> Any:
    said: dict[str, Any] = {"label": _label(field), "help": escaped(_help(field)) or None, "key": key}
    match field.kind:
        case "text":
            return st.text_input(value=value or "", **said)
        case "long text":
            return st.text_area(value=value or "", height=110, **said)
        case "json":
            return st.text_area(value=value or "", height=150, placeholder="JSON", **said)
        case "words":
            return st.text_area(value=value or "", height=80, placeholder="one a line", **said)
        case "choice":
            return _choice(field, value, said)
        case "choices":
            return st.multiselect(options=field.choices, default=value, format_func=escaped, **said)
        case "yes or no":
            return st.selectbox(
                options=[True, False], index=0 if value else 1, format_func=lambda yes: "yes" if yes else "no", **said
            )
        case "whole number":
            return st.number_input(value=value, step=1, **said)
        case "number":
            return st.number_input(value=value, format="%.6g", step=None, **said)


def _choice(field: FormField, value: Any, said: Mapping[str, Any]) -> Any:
    options = [*([None] if field.optional or value is None else []), *field.choices]
    index = options.index(value) if value in options else 0
    return st.selectbox(
        options=options, index=index, format_func=lambda each: NULL if each is None else str(each), **said
    )


def _label(field: FormField) -> str:
    """The name; a browser reads it aloud as it is, so it has no marks but the star of what is needed."""
    return f"{field.label} *" if field.required and not field.optional else field.label


def _help(field: FormField) -> str:
    bounds = [
        f"at least {field.minimum:g}" if field.minimum is not None else "",
        f"at most {field.maximum:g}" if field.maximum is not None else "",
        f"at most {field.longest} characters" if field.longest is not None else "",
        "JSON" if field.kind == "json" else "",
        "may be left empty" if field.optional else "",
    ]
    return ", ".join(bound for bound in bounds if bound)

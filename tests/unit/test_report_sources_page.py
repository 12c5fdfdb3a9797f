"""The page on report profiles: it names every key, shows what can be read, and has the defaults of the contracts."""

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from agents.report.declaration import (
    CsvDeclaration,
    HttpDeclaration,
    ParquetDeclaration,
    SourceDeclaration,
    SqlDeclaration,
)
from agents.report.findings import CheckName
from agents.report.profile import Attention, Checks, ReportProfile
from agents.report.repair import FORMS

PAGE = (Path(__file__).parents[2] / "docs" / "report-sources.md").read_text(encoding="utf-8")

EXAMPLES = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]


def examples(table: str) -> list[dict[str, Any]]:
    return [example[table] for example in EXAMPLES if table in example]


@pytest.mark.parametrize(
    "contract",
    [ReportProfile, Checks, Attention, CsvDeclaration, ParquetDeclaration, SqlDeclaration, HttpDeclaration],
)
def test_every_key_is_named(contract: type[BaseModel]) -> None:
    unnamed = [name for name in contract.model_fields if not re.search(rf"`\[?{name}(\.NAME)?\]?`", PAGE)]
    assert not unnamed


def test_every_check_and_every_sentence_is_named() -> None:
    assert not [each for each in (*get_args(CheckName), *FORMS) if f"`{each}`" not in PAGE]


def test_there_is_an_example_of_each_kind_of_source_that_can_be_read() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(SourceDeclaration)
    read = [adapter.validate_python(each) for sources in examples("sources") for each in sources.values()]
    assert [type(each) for each in read] == [CsvDeclaration, ParquetDeclaration, SqlDeclaration, HttpDeclaration]


def test_the_profile_that_is_shown_can_be_read_with_the_defaults_that_are_shown() -> None:
    whole: dict[str, Any] = {key: value for example in EXAMPLES for key, value in example.items() if key != "sources"}
    sources = {name: each for found in examples("sources") for name, each in found.items()}
    profile = ReportProfile.model_validate({**whole, "sources": sources, "path": Path("prices.toml")})
    assert (profile.checks, profile.attention) == (Checks(), Attention())
    assert set(Checks.model_fields) == {*examples("checks")[0]}

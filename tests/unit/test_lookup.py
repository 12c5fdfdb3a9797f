"""The look-up and its CSV table: the rows with a key, where they stand, and one clear line for what is wrong."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from agents.tools.csv_table import CsvTable
from agents.tools.lookup import Lookup, LookupArguments
from agents.tools.tool import Finding, Tool, shortened
from state.errors import UsageError

COMPANIES = """name,country,size
Acme,NL,12
"Straße
und Söhne",DE,3

ACME ,BE,40
Zoë,FR,7
short
"""


@pytest.fixture
def companies(tmp_path: Path) -> Path:
    file = tmp_path / "companies.csv"
    file.write_text(COMPANIES, encoding="utf-8")
    return file


def lookup(file: Path, *, columns: tuple[str, ...] = (), most: int = 5, longest: int = 4000) -> Lookup:
    return Lookup("company", "Finds a company.", CsvTable(file), "name", columns, longest, most)


async def find(tool: Tool, value: str) -> Finding:
    return await tool.call(LookupArguments(value=value))


@pytest.mark.parametrize(
    ("value", "countries", "source"),
    [
        ("Acme", ["NL", "BE"], "companies.csv, lines 2, 6"),  # the second after a blank line and a line end in quotes
        ("  aCmE\t", ["NL", "BE"], "companies.csv, lines 2, 6"),  # trimmed, without case
        ("STRASSE\nUND SÖHNE", ["DE"], "companies.csv, line 3"),  # full case folding
        ("ZOE\u0308", ["FR"], "companies.csv, line 7"),  # the letter and its dots apart
        ("short", [""], "companies.csv, line 8"),  # a row that ends early
    ],
)
async def test_rows_are_found_by_their_key(companies: Path, value: str, countries: list[str], source: str) -> None:
    found = await find(lookup(companies), value)
    assert [row["country"] for row in json.loads(found.text)] == countries
    assert found.source == source


@pytest.mark.parametrize("value", ["Ac", "Acme%", "*", "' OR ''='", "name"])
async def test_no_row_is_a_finding_too(companies: Path, value: str) -> None:
    assert await find(lookup(companies), value) == Finding(f"no row with name {value!r}", "companies.csv")


async def test_only_the_columns_that_are_named_are_told(companies: Path) -> None:
    found = await find(lookup(companies, columns=("size",)), "zoë")
    assert found.text == '[{"size":"7"}]'


async def test_more_rows_than_asked_for_are_said(companies: Path) -> None:
    found = await find(lookup(companies, most=1), "acme")
    assert found == Finding(
        '[{"name":"Acme","country":"NL","size":"12"}]', "companies.csv, line 2 (the first 1 of several)"
    )


async def test_a_long_finding_is_cut_with_a_word_of_it(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text(f"name,country,size\na,{'x' * 1000},1\n")
    found = await find(lookup(file, longest=200), "a")
    assert len(found.text) == 200
    assert found.text.endswith(" … [cut here; the whole has 1038 characters]")


def test_a_text_that_fits_is_whole() -> None:
    assert shortened("x" * 100, 100) == "x" * 100


async def test_tabs_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    file = tmp_path / "companies.TSV"
    file.write_text("name\tcountry\nAcme, Inc.\tNL\n", encoding="utf-8-sig")
    assert (await find(lookup(file), "acme, inc.")).text == '[{"name":"Acme, Inc.","country":"NL"}]'


async def test_the_file_is_read_once(companies: Path) -> None:
    tool = lookup(companies)
    tool.check()
    companies.unlink()
    assert (await find(tool, "zoë")).source == "companies.csv, line 7"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"name,size,name\n", "it has two columns 'name'"),
        (b"company,size\n", "has no column 'name'. It has company, size."),
        (b"name,size\na,1,2\n", "line 2 has 3 values, and the header 2"),
        (b"name\n\xff\n", "can't decode byte 0xff"),
        (b'name\n"a\n', "unexpected end of data"),
    ],
)
async def test_a_table_that_cannot_be_used_is_said_before_any_case(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "t.csv"
    if content is not None:
        file.write_bytes(content)
    tool = lookup(file)
    with pytest.raises(UsageError) as raised:
        tool.check()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    with pytest.raises(UsageError):
        await find(tool, "a")


def test_a_column_to_tell_must_be_there(companies: Path) -> None:
    with pytest.raises(UsageError, match="has no column 'town'"):
        lookup(companies, columns=("size", "town")).check()


@pytest.mark.parametrize("value", ["", " \t ", "x" * 201, 7, None])
def test_a_value_is_a_short_text(value: object) -> None:
    with pytest.raises(ValidationError):
        LookupArguments.model_validate({"value": value})


async def test_other_arguments_are_not_taken(companies: Path) -> None:
    class Other(BaseModel):
        text: str = "a"

    with pytest.raises(ValidationError):
        await lookup(companies).call(Other())


@pytest.mark.parametrize(
    ("name", "longest", "most"),
    [("", 4000, 5), ("Find it", 4000, 5), ("x" * 65, 4000, 5), ("a", 99, 5), ("a", 4000, 0)],
)
def test_limits_are_checked_when_it_is_built(tmp_path: Path, name: str, longest: int, most: int) -> None:
    with pytest.raises(ValueError, match=r"^Tool '.*': "):
        Lookup(name, "", CsvTable(tmp_path), "name", (), longest, most)

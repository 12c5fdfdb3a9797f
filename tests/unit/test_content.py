"""What decisions hold, in words."""

import pytest

from state.artifact import Artifact
from state.content import artifact_in, artifacts_of, in_words, is_rows, size_words

FILE = {"digest": "8b" * 32, "name": "dataset.parquet", "size": 92_716}
OTHER = {"digest": "0c" * 32, "name": "pull.parquet", "size": 3}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        ({}, "–"),
        (True, "yes"),
        (0.123456, "0.1235"),
        (1234567.8, "1,234,568"),
        (13279, "13279"),
        ([1, "two"], "1; two"),
        (["x" * 41, "y"], f"{'x' * 41}\ny"),
        ({"duplicate": 2, "missing": 1}, "duplicate 2, missing 1"),
        (FILE, "dataset.parquet, 93 kB, 8b8b8b8b"),
        ("2026-11-28T07:13:51.644256Z", "2026-11-28 07:13:51 UTC"),
        ("2026-11-28T07:13:51+01:00", "2026-11-28T07:13:51+01:00"),
        ("at 2026-11-28T07:13:51Z", "at 2026-11-28T07:13:51Z"),
    ],
)
def test_values_are_said_in_words(value: object, words: str) -> None:
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (92_716, "93 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (141_304_000, "141 MB"),
        (5 * 10**9, "5.0 GB"),
        (7 * 10**15, "7,000.0 TB"),
    ],
)
def test_sizes_are_said_in_their_largest_unit(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    "value",
    [
        {"digest": "8b" * 32, "name": "a.pdf"},
        {**FILE, "more": 1},
        {**FILE, "digest": "short"},
        {**FILE, "name": "../a.pdf"},
        {**FILE, "size": -1},
        ["digest", "name", "size"],
        "digest",
    ],
)
def test_what_only_resembles_a_file_is_none(value: object) -> None:
    assert artifact_in(value) is None


def test_files_are_found_however_deep_they_lie_and_told_by_their_fields() -> None:
    found = list(artifacts_of({"table": FILE, "rows": 3, "pulls": [{"table": OTHER, "source": "x"}, {"table": FILE}]}))
    assert [where for where, _ in found] == ["table", "pulls 1 table", "pulls 2 table"]
    assert [artifact for _, artifact in found][:2] == [Artifact(**FILE), Artifact(**OTHER)]


def test_a_list_of_objects_is_a_table_and_a_list_of_files_is_none() -> None:
    assert is_rows([{"a": 1}])
    assert not is_rows([FILE])
    assert not is_rows([])
    assert not is_rows([{"a": 1}, 2])
    assert in_words([FILE, OTHER]) == "dataset.parquet, 93 kB, 8b8b8b8b; pull.parquet, 3 bytes, 0c0c0c0c"

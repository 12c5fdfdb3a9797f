"""Metadata filters and hostile values."""

from typing import Any

import pytest

from state.errors import InvalidMetadataFilter
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database
from tests.support.checkpoints import listed, put, thread


@pytest.fixture
def saver(database: Database) -> SqlCheckpointer:
    return SqlCheckpointer(database)


FILTERS = [
    ({"source": "loop"}, True),
    ({"source": "input"}, False),
    ({"count": 3}, True),
    ({"count": "3"}, False),
    ({"count": True}, False),
    ({"ratio": 0.5}, True),
    ({"flag": True}, True),
    ({"flag": False}, False),
    ({"flag": "true"}, False),
    ({"nothing": None}, True),
    ({"absent": None}, True),
    ({"count": None}, False),
    ({"nested": {"b": 2, "a": [1, "ü"]}}, True),
    ({"nested": {"a": [1, "ü"]}}, False),
    ({"names": ["x", "y"]}, True),
    ({"names": "x"}, False),
    ({"quote": 'it\'s "quoted" \\ %s ? :x'}, True),
    ({"dashed-key": 1, "count": 3}, True),
    ({"dashed-key": 1, "count": 4}, False),
    ({}, True),
]
"""A filter, and whether it finds the one checkpoint there is."""


async def test_filters_compare_whole_values(saver: SqlCheckpointer) -> None:
    facts: dict[str, Any] = {"count": 3, "ratio": 0.5, "flag": True, "nothing": None, "nested": {"a": [1, "ü"], "b": 2}}
    facts |= {"names": ["x", "y"], "quote": 'it\'s "quoted" \\ %s ? :x', "dashed-key": 1}
    await put(saver, thread(), **facts)
    found = [(asked, bool(await listed(saver, thread(), filter=asked))) for asked, _ in FILTERS]
    assert found == FILTERS


@pytest.mark.parametrize(
    "key",
    [
        "x') OR 1=1 --",
        'a" OR "1"="1',
        "$.source",
        "a.b",
        "source'",
        "a b",
        "",
        "a\n",
        "source;drop table runs",
        "%s",
        "ключ",
        3,
    ],
)
async def test_a_filter_key_that_is_not_a_plain_name_is_refused(saver: SqlCheckpointer, key: Any) -> None:
    await put(saver, thread())
    with pytest.raises(InvalidMetadataFilter) as refused:
        await listed(saver, None, filter={key: "x"})
    assert refused.value.key == key
    with pytest.raises(InvalidMetadataFilter):
        list(saver.list(None, filter={key: "x"}))


INJECTIONS = ["' OR '1'='1", "'; DROP TABLE saved_checkpoints; --", "\"}' OR 1=1", "%' OR '%'='", "\\'; --", "null"]
"""Values that would change a statement if they came into its text."""


@pytest.mark.parametrize("value", INJECTIONS)
async def test_values_are_bound(saver: SqlCheckpointer, value: str) -> None:
    await put(saver, thread(), company="Acme")
    assert await listed(saver, None, filter={"company": value}) == []
    assert await listed(saver, thread(value)) == []
    assert await listed(saver, thread(namespace=value)) == []
    assert await saver.aget_tuple(thread("thread", value)) is None
    saved = await put(saver, thread(value, namespace=value), company=value)
    assert await listed(saver, None, filter={"company": value}) == [saved["configurable"]["checkpoint_id"]]
    assert len(await listed(saver, None)) == 2


async def test_the_character_nul_is_left_out_of_metadata(saver: SqlCheckpointer) -> None:
    await put(saver, thread(), company="Ac\0me", nested={"a": ["b\0"]}, backslash="\\u0000")
    found = await saver.aget_tuple(thread())
    assert found is not None
    facts: dict[str, Any] = {**found.metadata}
    assert (facts["company"], facts["nested"]) == ("Acme", {"a": ["b"]})

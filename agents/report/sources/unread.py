"""The cells that are no numbers: what they have in common, and what can be declared so that they are read."""

import json
from dataclasses import dataclass
from typing import Self

import polars as pl

from agents.report.declaration import Declaration
from agents.report.sources.layout import shortened

_OTHER = {".": ",", ",": "."}

LONGEST_WORD = 20
"""Characters of what may be a word for "no value"."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Some cells that could not be read."""

    count: int
    other_sign: int
    """How many are numbers with the decimal sign that is not declared; 0 where that may separate thousands."""
    word: str | None
    """What more than half of them are; None where there is no such word."""

    @classmethod
    def of(cls, cells: pl.LazyFrame, declaration: Declaration) -> Self:
        """Take the rows of a tidy table without a value."""
        sign = f"[{_OTHER[declaration.decimal]}]"
        text = pl.col("text").str.strip_chars()
        is_number = text.str.contains(rf"^[+-]?\d*{sign}\d+$")
        is_thousands = text.str.contains(rf"^[+-]?[1-9]\d{{0,2}}{sign}\d{{3}}$")
        counts = cells.select(count=pl.len(), number=is_number.sum(), sure=(is_number & ~is_thousands).sum()).collect(
            engine="streaming"
        )
        count, number, sure = counts.row(0)
        words = cells.group_by(text.alias("word")).agg(pl.len()).sort("len", "word", descending=True).head(1)
        most = next(words.collect(engine="streaming").iter_rows(), None)
        is_word = most is not None and most[1] > 1 and 2 * most[1] > count and len(most[0] or "") <= LONGEST_WORD
        return cls(count, number if sure else 0, most[0] if most and is_word else None)

    def advice(self, declaration: Declaration) -> str:
        """What to declare, as the beginning of a sentence."""
        if 2 * self.other_sign > self.count:
            return f"Declare decimal = {json.dumps(_OTHER[declaration.decimal])}"
        if self.word:
            words = json.dumps([*declaration.missing, shortened(self.word)], ensure_ascii=False)
            return f"Declare missing = {words} if that stands for no value"
        return "Declare words for no value as missing"

"""The analysis: what it finds in two sources, what it asks the data for, and what it makes of what stays."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from agents.handoff import Ask
from agents.report.dataset import Dataset
from agents.report.findings import FIGURES, Findings, Issue
from agents.report.source import Pulled, SourceFault, Want
from state.note import Note
from tests.support.report_data import AT, changed, desk, prices, profile, weekdays

LEFT, RIGHT = prices(noise=1), prices(noise=2)
DAY = date(2025, 3, 4)


def only(issues: tuple[Issue, ...]) -> Issue:
    assert len(issues) == 1, issues
    return issues[0]


def without(frame: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    return frame.filter(~pl.col("date").is_between(first, last))


async def test_clean_sources_have_no_issue_and_ask_for_nothing(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, LEFT, RIGHT).outcome()
    assert (outcome.findings.issues, outcome.asked, outcome.findings.confidence) == ((), (), 1.0)


async def test_a_quotation_the_other_way_round_is_found_from_the_data_and_repaired_on_request(tmp_path: Path) -> None:
    inverse = RIGHT.with_columns(value=1 / pl.col("value"))
    outcome = await desk(tmp_path, LEFT, inverse).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.series, issue.state) == ("inverted", "right", "tin", "repaired")
    assert [each.split(" (")[0] for each in outcome.asked] == ["invert tin from right"]
    assert outcome.rounds == 2


@pytest.mark.parametrize("factor", [1000.0, 0.001, 100.0])
async def test_other_units_are_found_and_repaired(tmp_path: Path, factor: float) -> None:
    outcome = await desk(tmp_path, LEFT, RIGHT.with_columns(pl.col("value") * factor)).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.state) == ("scaled", "repaired")
    assert issue.measure == pytest.approx(1 / factor)


async def test_what_is_inverted_and_in_other_units_is_told_as_both(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, LEFT, RIGHT.with_columns(value=1000 / pl.col("value"))).outcome()
    assert {issue.check for issue in outcome.findings.issues} == {"inverted", "scaled"}
    assert all(issue.state == "repaired" for issue in outcome.findings.issues)


async def test_a_redenomination_of_both_sources_is_told_of_each_and_old_values_are_made_comparable(
    tmp_path: Path,
) -> None:
    def renewed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(value=pl.when(pl.col("date") >= DAY).then(pl.col("value") / 1000).otherwise("value"))

    outcome = await desk(tmp_path, renewed(LEFT), renewed(RIGHT)).outcome()
    assert [(issue.check, issue.source, issue.state) for issue in outcome.findings.issues] == [
        ("redenominated", "left", "repaired"),
        ("redenominated", "right", "repaired"),
    ]
    table = pl.read_parquet(desk(tmp_path, LEFT, RIGHT).files.path(outcome.dataset.table))
    assert table.filter(pl.col("date") < DAY)["value"].max() < 1  # type: ignore[operator]  # a float


async def test_a_gap_of_the_first_source_is_filled_from_the_other_one(tmp_path: Path) -> None:
    gap = date(2025, 3, 4), date(2025, 3, 6)
    outcome = await desk(tmp_path, without(LEFT, *gap), RIGHT).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.state, issue.measure) == ("missing", "left", "repaired", 3)
    assert outcome.asked[0].startswith("pull 2025-03-04 to 2025-03-06 of tin from right (")
    assert outcome.dataset.pulls[2].rows == 3


async def test_a_gap_of_another_source_is_told_and_needs_nothing(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, LEFT, without(RIGHT, DAY, DAY)).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.state, issue.asks) == ("missing", "right", "open", False)
    assert outcome.asked == ()


async def test_days_that_no_source_has_are_holidays(tmp_path: Path) -> None:
    feast = date(2025, 12, 25), date(2025, 12, 26)
    outcome = await desk(tmp_path, without(LEFT, *feast), without(RIGHT, *feast)).outcome()
    assert outcome.findings.issues == ()


async def test_a_gap_around_a_holiday_is_one_gap(tmp_path: Path) -> None:
    feast = date(2025, 3, 5), date(2025, 3, 5)
    left = without(without(LEFT, *feast), date(2025, 3, 4), date(2025, 3, 6))
    issue = only((await desk(tmp_path, left, without(RIGHT, *feast)).outcome()).findings.issues)
    assert (issue.first, issue.last, issue.measure) == (date(2025, 3, 4), date(2025, 3, 6), 2)


async def test_a_series_that_ended_in_the_first_source_goes_on_with_the_other(tmp_path: Path) -> None:
    left = pl.concat([prices("tin", 1, weekdays(last=date(2025, 9, 1))), prices("zinc", 1)])
    right = pl.concat([prices("tin", 2), prices("zinc", 2)])
    outcome = await desk(tmp_path, left, right).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.state, issue.first) == ("ended", "left", "repaired", date(2025, 9, 2))
    assert outcome.findings.series == 2


async def test_a_partial_month_is_dropped_and_the_other_source_stands_in(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, without(LEFT, date(2025, 12, 13), date(2025, 12, 31)), RIGHT).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.state, issue.measure) == ("partial", "left", "repaired", 13)
    assert [each.split(" (")[0] for each in outcome.asked] == [
        "drop 2025-12-01 to 2025-12-31 of every series from left",
        "pull 2025-12-01 to 2025-12-31 of every series from right",
    ]
    assert outcome.findings.series == 1


async def test_a_month_that_is_partial_everywhere_is_a_question(tmp_path: Path) -> None:
    left, right = (without(each, date(2025, 12, 13), date(2025, 12, 31)) for each in (LEFT, RIGHT))
    findings = (await desk(tmp_path, left, right).outcome()).findings
    assert [(issue.check, issue.state, issue.asks) for issue in findings.issues] == [("partial", "open", True)] * 2
    assert findings.confidence == 0.0


async def test_a_period_that_no_source_has_is_a_question(tmp_path: Path) -> None:
    findings = (await desk(tmp_path, LEFT, RIGHT).outcome("2026-03")).findings
    assert {issue.check for issue in findings.issues if issue.asks} == {"partial"}
    assert findings.confidence == 0.0


async def test_rows_with_the_same_key_and_value_are_dropped_but_for_one(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, pl.concat([LEFT, LEFT.filter(pl.col("date") == DAY)]), RIGHT).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.state) == ("duplicate", "repaired")
    assert outcome.dataset.rows == LEFT.height + RIGHT.height


@pytest.mark.parametrize("wrong", ["first", "last"])
async def test_of_two_values_with_one_key_the_one_that_the_other_source_has_is_kept(tmp_path: Path, wrong: str) -> None:
    there = LEFT.filter(pl.col("date") == DAY)
    false = there.with_columns(pl.col("value") * 1.03)
    left = pl.concat([false, LEFT] if wrong == "first" else [LEFT, false])
    outcome = await desk(tmp_path, left, RIGHT).outcome()
    assert only(outcome.findings.issues).state == "repaired"
    table = pl.read_parquet(desk(tmp_path, left, RIGHT).files.path(outcome.dataset.table))
    kept = table.filter((pl.col("date") == DAY) & (pl.col("source") == "left"))["value"].to_list()
    assert kept == there["value"].to_list()


@pytest.mark.parametrize("factor", [1.15, 0.5, 10.0])
async def test_a_value_that_stands_out_in_one_source_only_is_left_out(tmp_path: Path, factor: float) -> None:
    outcome = await desk(tmp_path, changed(LEFT, DAY, factor), RIGHT).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.first, issue.state) == ("outlier", "left", DAY, "repaired")


async def test_a_value_that_stands_out_in_both_sources_happened(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, changed(LEFT, DAY, 1.15), changed(RIGHT, DAY, 1.15)).outcome()
    assert outcome.findings.issues == ()


async def test_a_level_that_moves_and_stays_is_no_outlier(tmp_path: Path) -> None:
    def risen(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(value=pl.when(pl.col("date") >= DAY).then(pl.col("value") * 1.2).otherwise("value"))

    assert (await desk(tmp_path, risen(LEFT), risen(RIGHT)).outcome()).findings.issues == ()


async def test_without_another_source_an_outlier_stays_open(tmp_path: Path) -> None:
    declared = profile(sources={"left": {**_declared(), "frequency": "business-day"}})
    found = desk(tmp_path, changed(LEFT, DAY, 1.5), RIGHT, declared)
    found.sources = {"left": found.sources["left"]}
    issue = only((await found.outcome()).findings.issues)
    assert (issue.check, issue.state, issue.asks) == ("outlier", "open", False)


async def test_an_earlier_disagreement_is_told_and_asks_nobody(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, LEFT, changed(RIGHT, DAY, 1.02)).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.source, issue.state, issue.asks) == ("disagree", "left/right", "open", False)
    assert issue.measure == pytest.approx(0.02, abs=0.002)
    assert outcome.findings.confidence == 1.0


async def test_a_disagreement_of_the_period_is_looked_at_again_and_then_a_question(tmp_path: Path) -> None:
    outcome = await desk(tmp_path, LEFT, changed(RIGHT, date(2025, 12, 9), 1.02)).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.state, issue.asks) == ("disagree", "open", True)
    assert outcome.asked[0].startswith("pull 2025-12-09 of tin from right (disagree in left/right")
    assert outcome.findings.confidence == 0.0
    assert "tin (left/right): right is 1.9" in outcome.findings.rationale


async def test_what_is_declared_to_be_said_asks_nobody(tmp_path: Path) -> None:
    declared = profile(checks={"ask": ["source"]})
    outcome = await desk(tmp_path, LEFT, changed(RIGHT, date(2025, 12, 9), 1.02), declared).outcome()
    assert only(outcome.findings.issues).asks is False


async def test_the_confidence_is_the_share_of_series_that_nobody_need_look_at(tmp_path: Path) -> None:
    names = ("tin", "zinc", "lead", "iron")
    left = pl.concat([prices(name, 1) for name in names])
    right = pl.concat([prices(name, 2) for name in names[1:]] + [changed(RIGHT, date(2025, 12, 9), 1.02)])
    assert (await desk(tmp_path, left, right).outcome()).findings.confidence == 0.75


async def test_cells_that_are_no_numbers_are_told_with_their_rows(tmp_path: Path) -> None:
    broken = pl.when(pl.col("date") == DAY)
    left = LEFT.with_columns(text=broken.then(pl.lit("=1+1"))).with_columns(value=broken.then(None).otherwise("value"))
    outcome = await desk(tmp_path, left, RIGHT).outcome()
    issue = only(outcome.findings.issues)
    assert (issue.check, issue.state) == ("unreadable", "repaired")
    assert "'=1+1' in row" in issue.words


async def test_rounds_end_where_they_are_declared_to(tmp_path: Path) -> None:
    declared = profile(checks={"revisions": 0})
    outcome = await desk(tmp_path, without(LEFT, DAY, DAY), RIGHT, declared).outcome()
    assert outcome.asked == ()
    assert only(outcome.findings.issues).state == "open"


class Down:
    """A source that is not there."""

    async def pull(self, want: Want, folder: Path) -> Pulled:
        raise SourceFault("Source 'right' answered 403 Forbidden.")


async def test_a_source_that_cannot_be_pulled_is_a_question_with_its_reason(tmp_path: Path) -> None:
    findings = (await desk(tmp_path, LEFT, Down()).outcome()).findings
    issue = only(findings.issues)
    assert (issue.check, issue.source, issue.asks) == ("source", "right", True)
    assert "403 Forbidden" in findings.rationale
    assert findings.series == 1


async def test_where_the_first_source_is_down_the_other_ones_values_count(tmp_path: Path) -> None:
    findings = (await desk(tmp_path, Down(), RIGHT).outcome()).findings
    assert findings.series == 1
    assert findings.confidence == 0.0


async def test_guidance_that_is_a_repair_is_passed_on_to_the_data(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    dataset = await found.data()
    assert isinstance(dataset, Dataset)
    guidance = Note(kind="guidance", author="ann", text="pull everything from right", at=AT)
    asked = await found.analysis(dataset, 1 + 1, notes=(guidance,))
    assert isinstance(asked, Ask)
    assert asked.requests[0].text == "pull everything from right"


async def test_guidance_that_asks_for_nothing_is_said_to_be_left(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    dataset = await found.data()
    assert isinstance(dataset, Dataset)
    guidance = Note(kind="guidance", author="ann", text="be careful", at=AT)
    findings = await found.analysis(dataset, 2, notes=(guidance,))
    assert isinstance(findings, Findings)
    assert "Not done: 'be careful' cannot be done as it stands" in findings.rationale


async def test_every_figure_says_on_which_rows_it_rests(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    outcome = await found.outcome()
    figures = pl.read_parquet(found.files.path(outcome.findings.figures))
    assert figures.schema == FIGURES
    table = pl.read_parquet(found.files.path(outcome.dataset.table))
    for name, value, first, last, rows in (
        figures.filter(pl.col("kind") == "level").select("name", "value", "first", "last", "rows").iter_rows()
    ):
        rests_on = table.filter((pl.col("source") == "left") & pl.col("date").is_between(first, last))
        assert (name, rests_on.height) == ("tin_level", rows)
        assert rests_on["value"].mean() == pytest.approx(value)


async def test_the_change_is_that_of_the_levels(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    figures = pl.read_parquet(found.files.path((await found.outcome()).findings.figures))
    value = {kind: number for kind, number in figures.select("kind", "value").iter_rows()}
    assert value["change"] == pytest.approx(100 * (value["level"] / value["before"] - 1))
    assert value["change_year"] == pytest.approx(100 * (value["level"] / value["year_before"] - 1))
    assert value["trend_low"] <= value["trend"] <= value["trend_high"]


def _declared() -> dict[str, str]:
    return {"kind": "csv", "path": "none.csv", "date": "d", "series": "s", "value": "v"}


async def test_the_order_of_a_request_does_not_say_which_direction_is_right(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT.with_columns(value=1 / pl.col("value")))
    found.order = ("right", "left")
    outcome = await found.outcome()
    assert only(outcome.findings.issues).source == "right"
    assert 10 < pl.read_parquet(found.files.path(outcome.findings.course))["value"].to_list()[-1] < 1000


async def test_a_period_that_the_data_begin_in_is_not_compared_with(tmp_path: Path) -> None:
    left, right = (each.filter(pl.col("date") >= date(2024, 7, 1)) for each in (LEFT, RIGHT))
    found = desk(tmp_path, left, right)
    figures = pl.read_parquet(found.files.path((await found.outcome("2025")).findings.figures))
    assert "level" in figures["kind"].to_list()
    assert "change" not in figures["kind"].to_list()


async def test_two_values_with_one_key_of_which_nobody_tells_the_right_one_stay_open_and_do_not_count(
    tmp_path: Path,
) -> None:
    false = LEFT.filter(pl.col("date") == DAY).with_columns(pl.col("value") * 1.03)
    outcome = await desk(tmp_path, pl.concat([LEFT, false]), without(RIGHT, DAY, DAY)).outcome()
    told = {issue.check: issue for issue in outcome.findings.issues}
    assert told["duplicate"].state == "open"
    assert "nobody tells which is right" in told["duplicate"].words


@pytest.mark.parametrize("day", [date(2025, 12, 9), date(2025, 11, 11)])
async def test_a_sum_that_lacks_a_value_asks_and_no_change_is_told_from_one(tmp_path: Path, day: date) -> None:
    found = desk(tmp_path, without(LEFT, day, day), without(RIGHT, day, day + timedelta(1)), profile(aggregate="sum"))
    outcome = await found.outcome()
    kinds = pl.read_parquet(found.files.path(outcome.findings.figures))["kind"].to_list()
    is_of_period = day.month == 12
    assert any(issue.asks for issue in outcome.findings.issues) is is_of_period
    assert ("change" in kinds) is is_of_period


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("drop 2025-03-04 of tin from rihgt", "there is no source 'rihgt'; there are left, right"),
        ("drop 2025-03-04 of gold from right", "there is no series 'gold'; there are tin"),
        ("drop tin from right", "needs the days"),
    ],
)
async def test_guidance_that_cannot_be_followed_says_why(tmp_path: Path, text: str, left: str) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    dataset = await found.data()
    assert isinstance(dataset, Dataset)
    findings = await found.analysis(dataset, 2, notes=(Note(kind="guidance", author="ann", text=text, at=AT),))
    assert isinstance(findings, Findings)
    assert left in findings.rationale


async def test_guidance_may_call_a_series_by_its_title(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT, profile(titles={"tin": "Grey tin"}))
    dataset = await found.data()
    assert isinstance(dataset, Dataset)
    note = Note(kind="guidance", author="ann", text='drop 2025-03-04 of "grey tin" from right', at=AT)
    asked = await found.analysis(dataset, 2, notes=(note,))
    assert isinstance(asked, Ask)
    assert asked.requests[0].text == "drop 2025-03-04 of tin from right"


async def test_a_defect_in_a_period_that_is_dropped_is_told_as_well(tmp_path: Path) -> None:
    right = without(RIGHT, date(2025, 12, 13), date(2025, 12, 31))
    doubled = pl.concat([right, right.filter(pl.col("date") == date(2025, 12, 4))])
    findings = (await desk(tmp_path, LEFT, doubled).outcome()).findings
    assert {(issue.check, issue.state) for issue in findings.issues} == {
        ("partial", "repaired"),
        ("duplicate", "repaired"),
    }


async def test_each_gap_that_was_filled_is_told(tmp_path: Path) -> None:
    days = (date(2025, 3, 4), date(2025, 6, 3), date(2025, 9, 2))
    outcome = await desk(tmp_path, LEFT.filter(~pl.col("date").is_in(days)), RIGHT).outcome()
    assert sorted(issue.first for issue in outcome.findings.issues if issue.first) == list(days)


async def test_a_week_that_goes_on_after_the_period_need_not_be_there(tmp_path: Path) -> None:
    weekly = {"frequency": "week"} | _declared()
    declared = profile(sources={"left": weekly, "right": weekly})
    fridays = pl.col("date").dt.weekday() == 5
    outcome = await desk(tmp_path, LEFT.filter(fridays), RIGHT.filter(fridays), declared).outcome("2025-09")
    assert outcome.findings.issues == ()


async def test_a_value_beside_a_zero_is_told_in_few_words(tmp_path: Path) -> None:
    left = LEFT.with_columns(value=pl.when(pl.col("date") == DAY).then(0.0).otherwise("value"))
    words = [issue.words for issue in (await desk(tmp_path, left, RIGHT).outcome()).findings.issues]
    assert words
    assert all(len(each) < 200 for each in words)


async def test_a_period_without_values_says_what_to_do(tmp_path: Path) -> None:
    findings = (await desk(tmp_path, LEFT, RIGHT).outcome("2030-01")).findings
    assert "No source has a value then: reject it" in findings.rationale

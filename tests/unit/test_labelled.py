"""Labelled files: read as a run reads them, with the label beside the case, and what is left out in words."""

import json
from pathlib import Path

import pytest

from graphs.lead_qualification import lead_qualification
from runtime.batch import Selection
from runtime.intake import Accepted, Source
from runtime.labelled import Labelled, read_labelled
from state.errors import UnreadableSource, UsageError
from tests.support.sorting import bags, sorting, write_rows

SAMPLE = Path(__file__).parents[2] / "data" / "leads.csv"
ALL = Selection()


def read(path: Path, text: str, selection: Selection = ALL) -> Labelled:
    path.write_text(text)
    return read_labelled(sorting, path, selection)


def test_the_sample_has_labels_and_the_cases_of_a_run() -> None:
    leads = lead_qualification()
    found = read_labelled(leads, SAMPLE, ALL)
    rows = [row for row in Source(SAMPLE, leads.case).rows() if isinstance(row, Accepted)]
    assert [each.case for each in found.cases] == [row.case for row in rows]
    assert {each.label for each in found.cases} == {"yes", "no"}
    assert (found.source, found.grading.label, found.remarks) == ("leads.csv", "converted", ())


def test_what_is_no_case_and_what_has_no_label_is_counted_in_words(tmp_path: Path) -> None:
    rows = "a,0.1,north\nb,much,south\nc,0.2,\nd,0.3, south \ne,,north\na,0.5,north\n"
    found = read(tmp_path / "bags.csv", f"id,clarity,Route.hall\n{rows}")
    assert [(each.case.id, each.label) for each in found.cases] == [("a", "north"), ("d", "south")]
    [bad, bare] = found.remarks
    assert bad.startswith("Left out 3 rows: no case; line 3, clarity: ")
    assert bare == "Left out 1 case: without a label under 'Route.hall'."


def test_a_misspelled_column_is_told(tmp_path: Path) -> None:
    rows = [{"id": "a", "clarity": 0.1, "Route.hall": "north"}, {"id": "b", "clartiy": 0.1, "Route.hall": "north"}]
    found = read_labelled(sorting, write_rows(tmp_path / "bags.jsonl", iter(rows)), ALL)
    assert found.remarks[0] == "bags.jsonl: 'clartiy' is not read; did you mean 'clarity'?"


def test_a_label_need_not_stand_in_the_first_row_and_may_be_any_json(tmp_path: Path) -> None:
    rows = [{"id": "a", "clarity": 0.1}, {"id": "b", "clarity": 0.2, "Route.is_fragile": True}]
    rows += [{"id": "c", "clarity": 0.2, "Route.is_fragile": None}, {"id": "d", "clarity": 0.2, "Route.is_fragile": 0}]
    found = read_labelled(sorting, write_rows(tmp_path / "bags.jsonl", iter(rows)), ALL)
    assert [(each.case.id, each.label) for each in found.cases] == [("b", "yes"), ("d", "0")]


def test_a_selection_takes_the_rows_that_run_would_take(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "bags.jsonl", bags(30))
    first = read_labelled(sorting, path, Selection(limit=3))
    assert [each.case.id for each in first.cases] == ["b0", "b1", "b2"]
    wanted = Selection(sample=5, seed=7)
    drawn = [row.case.id for row in Source(path, sorting.case).rows(wanted.of(30)) if isinstance(row, Accepted)]
    assert [each.case.id for each in read_labelled(sorting, path, wanted).cases] == drawn


def test_the_digest_is_of_cases_and_labels(tmp_path: Path) -> None:
    rows = list(bags(5))
    digests = set()
    for changes in ({}, {"note": "of no matter"}, {"Route.hall": "south"}, {"clarity": 0.123}, {"id": "other"}):
        path = write_rows(tmp_path / "bags.jsonl", iter([{**rows[0], "Route.hall": "north", **changes}, *rows[1:]]))
        digests.add(read_labelled(sorting, path, ALL).digest())
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,clarity\na,0.1\n", "no label column. There is no column beside the fields"),
        ("id,clarity,hall\na,0.1,north\n", "there is 'hall'"),
        ("id,clarity,Rout.hall\na,0.1,north\n", "decides no Rout, but Route"),
        ("id,clarity,Route.hall\na,x,north\nb,y,south\n", "none of its 2 rows is a case. Left out 2 rows"),
        ("id,clarity,Route.hall\n", "none of its 0 rows is a case"),
        ("id,Route.hall\na,north\n", "no column 'clarity'"),
    ],
)
def test_a_file_without_labelled_cases_is_one_clear_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(tmp_path / "bags.csv", text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no such file"):
        read_labelled(sorting, tmp_path / "none.csv", ALL)


def test_what_stands_beside_a_case_is_handed_out(tmp_path: Path) -> None:
    path = tmp_path / "bags.jsonl"
    path.write_text(json.dumps({"id": "a", "clarity": 0.1, "note": {"by": "ann"}, "seen": None}))
    [row] = Source(path, sorting.case).rows()
    assert isinstance(row, Accepted)
    assert row.beside == {"note": {"by": "ann"}, "seen": None}

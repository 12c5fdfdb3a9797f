"""Where the leads of a shipped profile are, and how rows are read."""

from pathlib import Path

import pytest

from agents.lead.profile import load_profile
from agents.lead.source import read_rows, source_path
from data.make_leads import HERE
from runtime.intake import Accepted, Source
from state.errors import UnreadableSource


def test_bank_data_that_are_not_there_are_said_so_in_one_line_with_the_download(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATA_DIR", str(tmp_path))
    with pytest.raises(UnreadableSource, match=r"UCI Machine Learning Repository, doi 10\.24432/C5K306") as refused:
        source_path(load_profile("bank-marketing"))
    assert "set ROUNDHOUSE_DATA_DIR" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_data_folder_is_the_one_that_the_environment_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATA_DIR", str(tmp_path))
    file = tmp_path / "bank-marketing" / "bank-additional-full.csv.gz"
    file.parent.mkdir()
    file.touch()
    assert source_path(load_profile("bank-marketing")) == file


def test_a_profile_without_a_source_asks_for_a_file() -> None:
    nowhere = load_profile("sample").model_copy(update={"source": None})
    with pytest.raises(UnreadableSource, match="'sample' names no source"):
        source_path(nowhere)


def test_the_source_of_the_sample_is_in_the_project() -> None:
    assert source_path(load_profile("sample")) == HERE / "leads.csv"


def test_rows_are_read_from_csv_and_jsonl_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x;y\n1;b\n")
    (tmp_path / "a.jsonl").write_text('{"x": "1", "y": "b"}\n\n')
    assert list(read_rows(tmp_path / "a.csv", ";")) == list(read_rows(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("name", ["none.csv", "bad.csv", "bad.jsonl", "bad.csv.gz", "list.jsonl"])
def test_rows_that_cannot_be_read_are_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "bad.csv").write_bytes(b"x\n\xff\xfe\n")
    (tmp_path / "bad.jsonl").write_text("{\n")
    (tmp_path / "bad.csv.gz").write_text("no gzip")
    (tmp_path / "list.jsonl").write_text("[1]\n")
    with pytest.raises(UnreadableSource, match=name):
        list(read_rows(tmp_path / name))


def test_the_bank_data_fit_their_profile_where_they_are() -> None:
    bank = load_profile("bank-marketing")
    try:
        path = source_path(bank)
    except UnreadableSource:
        pytest.skip("the bank data are not beside the project")
    rows = list(Source(path, bank.case_type()).rows())
    assert len(rows) == 41_188
    leads = [row.case.model_dump() for row in rows if isinstance(row, Accepted)]
    assert len(leads) == 41_188
    missing = {
        name: sum(one[name] is None for one in leads) for name in ("credit_default", "education", "housing", "loan")
    }
    assert missing == {"credit_default": 8597, "education": 1731, "housing": 990, "loan": 990}
    assert sum(one["days_since_contact"] is None for one in leads) == 39_673

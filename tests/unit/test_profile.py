"""The lead profile: what it accepts, what it refuses and in which words, and the contract that it makes."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile, load_profile, shipped_profiles
from agents.lead.territory import Span
from runtime.intake import Accepted, Rejected, Source
from state.errors import InvalidProfile, UnreadableSource

PROFILE = """
name = "boats"
missing = ["unknown"]

[label]
column = "bought"
positive = "yes"

[stakes]
value = 500
cost = 100
currency = "EUR"

[columns.length]
heading = "boat.length"
type = "number"
role = "client"
minimum = 2
maximum = 100
says = "a boat of {} m"

[columns.harbour]
type = "category"
role = "client"
values = ["Kiel", "Riga"]

[columns.days]
type = "integer"
role = "context"
missing = [999]

[columns.owner]
type = "text"
role = "carried"
required = true
longest = 20

[territory]
default = "sea"

[[territory.rules]]
team = "yachts"
when = { length = { at_least = 20 } }
lanes = ["contact"]
otherwise = "person"

[[territory.rules]]
team = "east"
when = { harbour = "Riga" }

[message]
subject = "{owner}: {lane}"
text = "{team} {probability} {length}"
"""

ROW = {"id": "1", "boat.length": "12.5", "harbour": "Kiel", "days": "3", "owner": "Ann"}


def written(folder: Path, text: str = PROFILE, name: str = "boats.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def profile(tmp_path: Path) -> LeadProfile:
    return load_profile(written(tmp_path))


def lead(profile: LeadProfile, **values: Any) -> Lead:
    return profile.case_type().model_validate(ROW | values)


def fields(lead: Lead) -> dict[str, Any]:
    return lead.model_dump()


def refusal(profile: LeadProfile, **values: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        lead(profile, **values)
    [error] = refused.value.errors()
    return f"{error['loc'][0]}: {error['msg']}"


def test_a_lead_is_read_by_the_headings_of_its_columns(profile: LeadProfile) -> None:
    assert fields(lead(profile)) == {"id": "1", "length": 12.5, "harbour": "Kiel", "days": 3, "owner": "Ann"}


def test_a_lead_comes_back_from_its_own_json(profile: LeadProfile) -> None:
    made = lead(profile, days="999")
    assert profile.case_type().model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("boat.length", ""),  # nothing there
        ("boat.length", " unknown "),  # a word of the profile
        ("harbour", "unknown"),  # the same in a column of words
        ("days", "999"),  # the column's own sentinel, as text
        ("days", 999),  # and as a number
        ("days", "999.0"),
        ("days", None),
    ],
)
def test_what_means_missing_becomes_none(profile: LeadProfile, column: str, value: object) -> None:
    name = "length" if column == "boat.length" else column
    assert fields(lead(profile, **{column: value}))[name] is None


def test_a_sentinel_of_one_column_is_a_value_in_another(profile: LeadProfile) -> None:
    assert refusal(profile, **{"boat.length": 999}) == "boat.length: Input should be less than or equal to 100"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("boat.length", "long", "Input should be a valid number, unable to parse string as a number"),
        ("boat.length", "1", "Input should be greater than or equal to 2"),
        ("boat.length", "nan", "Input should be a finite number"),
        ("harbour", "Oslo", "Input should be 'Kiel' or 'Riga'"),
        ("days", "2.5", "Input should be a valid integer, unable to parse string as an integer"),
        ("owner", "x" * 21, "String should have at most 20 characters"),
        ("owner", "unknown", "A value is needed here"),
        ("bought", "yes", "Extra inputs are not permitted"),  # the label is no part of a lead
    ],
)
def test_a_bad_value_is_refused_with_its_column_and_the_reason(
    profile: LeadProfile, column: str, value: str, reason: str
) -> None:
    assert refusal(profile, **{column: value}).endswith(f"{column}: {reason}")


def test_intake_reads_leads_drops_other_columns_and_takes_empty_cells_as_missing(
    profile: LeadProfile, tmp_path: Path
) -> None:
    path = tmp_path / "boats.csv"
    path.write_text("owner,bought,boat.length,harbour,days,note\nAnn,yes,,Riga,999,x\n,no,9,Riga,3,y\n")
    first, second = Source(path, profile.case_type()).rows()
    assert isinstance(first, Accepted)
    expected = {"id": "boats-f9f63e74cf76", "owner": "Ann", "length": None, "harbour": "Riga", "days": None}
    assert first.case.model_dump() == expected
    assert isinstance(second, Rejected)
    assert [problem.field for problem in second.problems] == ["owner"]


def test_a_file_without_a_column_of_the_profile_cannot_be_read(profile: LeadProfile, tmp_path: Path) -> None:
    path = tmp_path / "boats.csv"
    path.write_text("owner,boat.length,days\nAnn,9,3\n")
    with pytest.raises(UnreadableSource, match="harbour"):
        list(Source(path, profile.case_type()).rows())


def test_the_id_is_read_from_the_column_that_the_profile_names(tmp_path: Path) -> None:
    named = load_profile(written(tmp_path, 'id = "boat no"\n' + PROFILE))
    row = {"boat no": "B7", **{name: value for name, value in ROW.items() if name != "id"}}
    assert named.case_type().model_validate(row).id == "B7"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "boats"', "name = ", "is not TOML"),
        ('name = "boats"', "", "name: Field required"),
        ('name = "boats"', 'name = "boats"\ncolour = "red"', "colour: unknown key"),
        ("value = 500", "value = 100", "value=100 must be above cost=100"),
        ('type = "number"', 'type = "real"', "columns.length.type: use one of number, "),
        ("[columns.days]", "[columns.id]", "columns.id: the name cannot be used"),
        ("[columns.days]", "[columns.model_days]", "columns.model_days: the name cannot be used"),
        ("[columns.days]", '[columns."in days"]', "columns.in days: the name cannot be used"),
        ('heading = "boat.length"', 'heading = "owner"', "the heading 'owner' is used twice"),
        ('column = "bought"', 'column = "owner"', "label.column: 'owner' is also a column"),
        ('role = "client"', 'role = "context"', "the analyst needs at least one"),
        ('role = "carried"', 'role = "client"', "columns.owner.role: Input should be 'carried'"),
        ('says = "a boat of {} m"', 'says = "a boat"', "says='a boat' must hold {}"),
        ('harbour = "Riga"', 'harbor = "Riga"', "territory.rules.1.when.harbor: there is no such column"),
        ('harbour = "Riga"', 'harbour = "Oslo"', "'Oslo' is not one of Kiel, Riga"),
        ("{ at_least = 20 }", '"big"', "territory.rules.0.when.length: give a range"),
        ('harbour = "Riga"', "harbour = { below = 3 }", "territory.rules.1.when.harbour: give a word"),
        ("{ at_least = 20 }", "{}", "a range needs at_least, below or both"),
        ('lanes = ["contact"]', 'lanes = ["phone"]', "Input should be 'contact' or 'decline'"),
        ("{probability}", "{chance}", "message.text: {chance} stands for nothing"),
        ("{owner}: {lane}", "{bought}", "message.subject: {bought} stands for nothing"),
    ],
)
def test_a_profile_with_a_mistake_is_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, PROFILE.replace(old, new))
    with pytest.raises(InvalidProfile) as refused:
        load_profile(path)
    message = str(refused.value)
    assert said in message
    assert repr(str(path)) in message
    assert "\n" not in message


def test_a_profile_that_is_not_there_is_refused_with_the_shipped_names() -> None:
    with pytest.raises(InvalidProfile, match=r"'nowhere.toml' cannot be read .* one of bank-marketing, sample"):
        load_profile("nowhere.toml")


def test_the_digest_changes_with_the_content_and_not_with_the_place(tmp_path: Path, profile: LeadProfile) -> None:
    moved = load_profile(written(tmp_path, name="moved.toml"))
    dearer = load_profile(written(tmp_path, PROFILE.replace("cost = 100", "cost = 120"), "dearer.toml"))
    assert moved.digest() == profile.digest() != dearer.digest()


def test_the_first_rule_that_matches_takes_the_lead(profile: LeadProfile) -> None:
    territory = profile.territory
    assert territory.first(lead(profile, **{"boat.length": 20, "harbour": "Riga"})).team == "yachts"
    assert territory.first(lead(profile, harbour="Riga")).team == "east"
    assert territory.first(lead(profile, harbour=None)).team == "sea"
    assert territory.first(lead(profile, **{"boat.length": None})).team == "sea"


def test_a_lead_in_another_lane_goes_to_the_next_rule_or_to_a_person(profile: LeadProfile) -> None:
    yacht = lead(profile, **{"boat.length": 20, "harbour": "Riga"})
    assert profile.territory.settled(yacht, "decline") is None
    patient = profile.territory.rules[0].model_copy(update={"otherwise": "next"})
    territory = profile.territory.model_copy(update={"rules": (patient, profile.territory.rules[1])})
    taken = territory.settled(yacht, "decline")
    assert taken is not None
    assert taken.team == "east"
    assert profile.territory.teams == ("yachts", "east", "sea")


def test_a_range_holds_its_lower_bound_and_not_its_upper_one() -> None:
    span = Span(at_least=2, below=3)
    assert [span.holds(value) for value in (1.9, 2, 2.9, 3)] == [False, True, True, False]


def test_values_in_a_message_are_plain_text(profile: LeadProfile) -> None:
    values = {
        "owner": "Ann\r\nBcc: all\x00 {team}",
        "lane": "contact",
        "team": "east",
        "probability": "3%",
        "length": "9",
    }
    subject, text = profile.message.filled(values)
    assert subject == "Ann Bcc: all {team}: contact"
    assert text == "east 3% 9"


def test_the_shipped_profiles_are_found_by_name() -> None:
    assert shipped_profiles() == ("bank-marketing", "sample")
    assert [load_profile(name).name for name in shipped_profiles()] == list(shipped_profiles())


def test_the_bank_profile_never_reads_the_duration_of_the_call() -> None:
    bank = load_profile("bank-marketing")
    assert "duration" not in {column.heading for column in bank.columns.values()}
    assert list(bank.scored("context")) == [
        "month",
        "employment_variation",
        "consumer_prices",
        "consumer_confidence",
        "euribor_3_months",
        "employed",
    ]

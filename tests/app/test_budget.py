"""The budget for human attention on the overview: a certificate that stands, and one that drift has ended."""

from datetime import UTC, date, datetime

from runtime.desk.fake import FakeDesk
from state.budget import Budget
from state.figures import Day, Figures
from tests.app.conftest import Visit
from tests.app.words import read
from tests.support.certificates import WITHDRAWN, budget, certificate
from tests.support.triage import triage

FIGURES = Figures(
    cases=100,
    by_status={"completed": 93, "waiting": 7},
    ended=93,
    alone=93,
    asked=7,
    flagged=0,
    model_calls=0,
    tokens=0,
    cost=0.0,
    conflicts=(),
    waiting=7,
    oldest=datetime(2026, 7, 1, tzinfo=UTC),
    days=(Day(date=date(2026, 7, 1), cases=100, alone=93, asked=7, flagged=0),),
)


def desk(*found: Budget) -> FakeDesk:
    shown = FakeDesk({"triage": triage}, figures=FIGURES)
    shown.budgets.given = {each.workflow: each for each in found}
    return shown


def test_a_certificate_that_stands_says_what_it_promises_and_how_things_are(visit: Visit) -> None:
    at = visit(desk(budget()), "overview")
    said, tiles = read(at), {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert "Certificate c1 stands since 2026-07-01 00:00 UTC." in said
    assert "at most 10.0% ask a human; of the others, at most 5.8% are wrong" in said
    assert "~~" not in said
    assert tiles["Asked under the certificate"] == ("7.0%", "2.0% to 16.0% · not over 10.0%")
    assert tiles["Threshold"] == ("0.400", "")
    assert tiles["Wrong, of those nobody saw"] == ("3.2%", "promised: at most 5.8%")
    assert tiles["Reviewers agreed"] == ("80.0%", "")


def test_a_certificate_that_was_withdrawn_is_struck_out_with_the_reason_and_what_holds_now(visit: Visit) -> None:
    at = visit(desk(budget(standing="withdrawn", certificate=certificate(**WITHDRAWN), threshold=0.2)), "overview")
    said, tiles = read(at), {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert "Certificate c1 is withdrawn since 2026-07-09 00:00 UTC: 31% of 140 cases have asked a human, and" in said
    assert "nothing bounds the error any more" in said
    assert "~~Of cases like these" in said
    assert tiles["Threshold"] == ("0.200", "certified: 0.400")
    assert tiles["Wrong, of those nobody saw"][1] == "was promised: at most 5.8%"


def test_a_certificate_of_another_version_promises_nothing(visit: Visit) -> None:
    changed = ("specialist topic was 'version 1' and is 'version 2'",)
    said = read(visit(desk(budget(standing="other version", changes=changed)), "overview"))
    assert "is of another version of the workflow than runs now (specialist topic was" in said
    assert "Of cases like these" not in said


def test_without_a_certificate_the_page_says_how_to_get_one(visit: Visit) -> None:
    said = read(visit(desk(), "overview"))
    assert "No certificate says how the budget is kept, and with what errors." in said
    assert "Calibrate: roundhouse calibrate triage LABELLED." in said


def test_words_of_a_reason_are_shown_as_words(visit: Visit) -> None:
    odd = certificate(source="<b>*all*</b>.csv")
    at = visit(desk(budget(certificate=odd)), "overview")
    assert "<b>*all*</b>.csv" in read(at)
    assert "<b>*all*</b>" not in "".join(str(each.value) for each in at.caption)

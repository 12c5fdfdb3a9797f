"""A question about a decision that says itself what it asks about, in a user's own workflow."""

from dataclasses import replace

from runtime.desk.fake import FakeDesk
from tests.app.conftest import Visit
from tests.app.words import press, read, shown
from tests.support.audits import audit_desk, auditor, audits, judge


def test_what_is_asked_about_stands_before_the_answers(visit: Visit) -> None:
    said = shown(visit(audit_desk(), "inbox"))
    asked = said[said.index("Asked about in Audited") :].partition("What follows")[0]
    assert "three boxes more than the list says &lt;script&gt;" in asked
    assert "nobody can read" not in asked


def test_what_approving_means_is_said_with_what_goes_out(visit: Visit) -> None:
    said = read(visit(audit_desk(), "inbox"))
    assert "Approved, this stays as it is: Verdict is made from Audited with it, and goes out (default)." in said
    assert "made: Verdict, which goes out (default)" in said


def test_nothing_goes_out_of_a_what_if(visit: Visit) -> None:
    desk = audit_desk()
    [story] = desk.stories.values()
    desk.stories["run-a1"] = story.model_copy(update={"run": story.run.model_copy(update={"origin": "run-a0"})})
    assert "goes out (" not in read(visit(desk, "inbox"))


def test_the_rationale_stands_with_the_suggestion(visit: Visit) -> None:
    said = shown(visit(audit_desk(), "inbox"))
    assert "Look at the north." in said[: said.index("Asked about")]


def test_sending_back_tells_the_forms_of_guidance(visit: Visit) -> None:
    at = visit(audit_desk(), "inbox")
    assert "in one of these forms" not in read(at)
    press(at, "open-send_back")
    said = shown(at)
    assert "count the SHELF again" in said
    assert "leave out SHELF &lt;b&gt;" in said


def test_where_guidance_is_free_no_forms_are_told(visit: Visit) -> None:
    free = replace(audits, specialists=(replace(auditor, forms=()), judge))
    at = visit(FakeDesk({"audits": free}, tuple(audit_desk().stories.values())), "inbox")
    press(at, "open-send_back")
    assert "Guidance" in [area.label for area in at.text_area]
    assert "in one of these forms" not in read(at)


def test_lists_of_objects_are_tables_and_mappings_have_their_names(visit: Visit) -> None:
    said = shown(visit(audit_desk(), "runs", run="run-a1"))
    assert "<th>shelf</th><th>words</th><th>asks</th>" in said
    assert "more 1, unreadable 1" in said

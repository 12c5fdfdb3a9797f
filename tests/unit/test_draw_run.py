import re
from dataclasses import replace
from typing import Any

import pytest

from agents.panel import Panel
from graphs.conflict import AskHuman, Reconsider
from graphs.draw import draw, escaped
from graphs.draw_run import draw_run
from graphs.workflow import Deliver, Workflow
from state.effect import EffectStatus
from state.progress import Rung
from state.record import Maker
from state.run import RunStory
from tests.support.leads import CHECK, SCORE, UPDATE, VERDICT, Check, Score, Update, diamond, owner
from tests.support.stories import at, call, effect, note, record, review, story

WORKFLOW = replace(diamond(Reconsider(Check), AskHuman(), threshold=0.8), effects=(Deliver(Update),))
ANN = Maker(kind="human", name="ann")
EFFECT = "deliver:Update:default"


def rung(action: Any = "reconsider", preferred: str | None = None) -> Rung:
    versions = {"Score": 1, "Check": 1}
    return Rung(conflict="quality", versions=versions, rung=0, action=action, preferred=preferred, by="hub", at=at(0))


class Drawing:
    """The parts of a drawing's text."""

    def __init__(self, run: RunStory, workflow: Workflow = WORKFLOW) -> None:
        self.text = draw_run(workflow, run)
        self.lines = [line.strip() for line in self.text.splitlines()]
        self.edges = [line for line in self.lines if re.match(r"\w+ <?-", line)]

    def node(self, name: str) -> str:
        """What a node says, its first line in bold."""
        [line] = [each for each in self.lines if re.match(rf"{name}[\[({{]", each)]
        return re.sub(r"^\w+[\[({/]+\"`?|`?\"[\])}/]+$", "", line)

    def look(self, name: str) -> str:
        """The class of a node; nothing where it has none."""
        classes = [each.split() for each in self.lines if each.startswith("class ")]
        return next((look for _, ids, look in classes if name in ids.split(",")), "")

    def edge(self, start: str, end: str) -> tuple[str, str]:
        """The label of an edge, and its colour; nothing where it has none."""
        [line] = [each for each in self.edges if each.split()[0] == start and each.split()[-1] == end]
        label = re.search(r'\|"(.*)"\|', line)
        styles = [each.split(maxsplit=2) for each in self.lines if each.startswith("linkStyle")]
        place = str(self.edges.index(line))
        style = next((style for _, places, style in styles if place in places.split(",")), "")
        return label[1] if label else "", style.split(",")[0].split(":")[-1]


GREEN, AMBER, DIM = "#2e9e5b", "#c98a00", "0.5"


def test_a_run_that_has_done_nothing_is_all_dim_but_for_its_hub() -> None:
    drawing = Drawing(story(status="running"))
    assert drawing.node("hub") == "**diamond**<br/>Lead lead-1<br/>running"
    assert drawing.look("hub") == "lit"
    assert {drawing.look(node) for node in ("s0", "s1", "s2", "s3", "e0", "c0", "human")} == {"dim"}
    assert drawing.edge("hub", "s0") == ("", DIM)
    assert drawing.edge("human", "s2") == ("under 0.8", DIM)


def test_a_decision_that_was_made_is_lit_with_how_often() -> None:
    drawing = Drawing(story(call("Score"), call("Score"), record("Score"), call("Check"), record("Check")))
    assert drawing.node("s0") == "**score**<br/>Lead<br/>→ Score"
    assert drawing.node("s2") == "**verdict**<br/>Score, Check<br/>→ Verdict"
    assert (drawing.look("s0"), drawing.look("s2")) == ("lit", "dim")
    assert drawing.edge("hub", "s0") == ("2×", GREEN)
    assert drawing.edge("hub", "s1") == ("1×", GREEN)


def test_tries_beyond_the_first_are_counted_apart() -> None:
    tries = (call("Score", outcome="timeout"), call("Score", attempt=2, outcome="error"), call("Score", attempt=3))
    assert Drawing(story(*tries)).edge("hub", "s0") == ("1×, 2 retries", GREEN)
    assert Drawing(story(*tries[:2])).edge("hub", "s0") == ("1×, 1 retry", GREEN)


def test_a_panel_makes_its_decision_once_with_all_its_members() -> None:
    members = (owner(Score, name="ann"), owner(Score, name="ben"))
    panel = Panel("board", members, position=lambda score: score.probability)
    workflow = replace(WORKFLOW, specialists=(panel, CHECK, VERDICT, UPDATE))
    calls = [call("Score", specialist=name) for name in ("ann", "ben")] * 2
    assert Drawing(story(*calls), workflow).edge("hub", "s0") == ("2×", GREEN)


def test_what_a_fork_was_given_is_neither_lit_nor_dim() -> None:
    drawing = Drawing(story(record("Score"), record("Check", maker=ANN), pins={"delivers": False}))
    assert (drawing.look("s0"), drawing.edge("hub", "s0")) == ("", ("kept", ""))
    assert (drawing.look("s1"), drawing.edge("hub", "s1")) == ("lit", ("", DIM))
    assert drawing.node("s1") == "**check**<br/>Lead<br/>→ Check, by a human"
    assert drawing.edge("human", "s1") == ("decided 1×", GREEN)
    assert drawing.node("human") == "**human**<br/>ann"
    assert drawing.edge("hub", "e0") == ("held back", DIM)


def test_a_decision_that_went_wrong_says_so() -> None:
    made = [record("Score", outcome="failed", value=None), record("Check", outcome="escalated", value=None)]
    drawing = Drawing(story(*made, call("Score"), call("Check"), review("Check"), status="waiting"))
    assert (drawing.look("s0"), drawing.look("s1")) == ("bad", "waits")
    assert drawing.node("s0").endswith("→ Score failed")
    assert drawing.node("s1").endswith("→ Check escalated")


def test_a_run_that_failed_says_so() -> None:
    drawing = Drawing(story(status="failed"))
    assert (drawing.look("hub"), drawing.node("hub").endswith("failed")) == ("bad", True)


def test_a_question_that_is_open_is_highlighted_with_what_it_is_about() -> None:
    drawing = Drawing(story(review("Verdict"), status="waiting"))
    assert {drawing.look("human"), drawing.look("s2")} == {"waits"}
    assert drawing.node("human") == "**human**<br/>1 asked<br/>1 open"
    assert drawing.edge("human", "s2") == ("asked 1×", AMBER)
    assert drawing.look("s3") == "dim"


def test_questions_are_counted_with_what_became_of_them() -> None:
    asked = [
        review("Verdict", 0, 5, answered_by="ben"),
        review("Verdict", 6, 8, answered_by="ann"),
        review("Score", 6, 9, status="expired", answered_by="approve after 1 h"),
        review("Check", 6, status="withdrawn"),
        review("Check", 7, status="claimed"),
    ]
    drawing = Drawing(story(*asked, status="waiting"))
    said = "5 asked<br/>2 answered<br/>1 expired<br/>1 withdrawn<br/>1 open<br/>ben<br/>ann"
    assert drawing.node("human") == f"**human**<br/>{said}"
    assert drawing.edge("human", "s2") == ("asked 2×", GREEN)
    assert drawing.edge("human", "s1") == ("asked 2×", AMBER)


def test_of_many_people_some_are_named() -> None:
    asked = [review("Verdict", place, place + 0.5, answered_by=f"p{place}") for place in range(5)]
    assert Drawing(story(*asked)).node("human").endswith("p0<br/>p1<br/>p2<br/>and 2 more")


def test_notes_go_from_who_wrote_them_to_the_owner_of_the_decision() -> None:
    written = [
        note("Score", "request", "verdict"),
        note("Score", "request", "verdict"),
        note("Check", "request", "update"),
        note("Check", "request", "somebody who was there once"),
        note("Check", "objection", "quality"),
        note("Verdict", "guidance", "ann"),
        note("Gone", "request", "verdict"),
    ]
    drawing = Drawing(story(*written))
    assert drawing.edge("s2", "s0") == ("2 requests", GREEN)
    assert drawing.edge("s3", "s1") == ("1 request", GREEN)
    assert 'hub -.->|"1 request"| s1' in drawing.edges
    assert drawing.edge("c0", "s1")[0] == "1 objection"
    assert drawing.edge("human", "s2") == ("1 guidance", GREEN)


def test_a_conflict_tells_how_far_its_ladder_was_climbed() -> None:
    drawing = Drawing(story(conflicts=(rung(),)))
    assert (drawing.look("c0"), drawing.node("c0")) == ("lit", "**conflict quality**<br/>1 rung taken")
    settled = Drawing(story(conflicts=(rung(), rung("human", "Score"))))
    assert settled.node("c0").endswith("2 rungs taken<br/>→ Score stands")
    assert {settled.edge("c0", side) for side in ("s0", "s1")} == {("", GREEN)}


def test_a_conflict_that_waits_for_a_human_is_highlighted_with_both_sides() -> None:
    question = review("Score", names=("Score", "Check"), kind="conflict")
    question.payload["question"]["conflict"] = "quality"
    drawing = Drawing(story(question, conflicts=(rung(),), status="waiting"))
    assert {drawing.look(node) for node in ("c0", "s0", "s1", "human")} == {"waits"}
    assert drawing.node("c0").endswith("1 rung taken<br/>asked 1×")
    assert {drawing.edge("c0", side) for side in ("s0", "s1")} == {("", AMBER)}
    assert not [edge for edge in drawing.edges if edge.startswith("human") and "asked" in edge]


@pytest.mark.parametrize(
    ("status", "look"),
    [
        ("pending", ""),
        ("sending", ""),
        ("delivered", "lit"),
        ("dead", "bad"),
        ("unknown", "waits"),
        ("withdrawn", "dim"),
    ],
)
def test_an_effect_tells_what_became_of_it(status: EffectStatus, look: str) -> None:
    drawing = Drawing(story(effect(EFFECT, "dead"), effect(EFFECT, status), effect("remind", "pending")))
    assert (drawing.look("e0"), drawing.edge("hub", "e0")[0]) == (look, status)
    assert drawing.node("e0") == "**Update**<br/>to default"


def test_a_workflow_in_which_nobody_can_be_asked_is_drawn_without_a_human() -> None:
    bare = Workflow(name="bare", case=WORKFLOW.case, specialists=(SCORE,))
    assert "human" not in Drawing(story(), bare).text
    assert "human" in Drawing(story(review("Score")), bare).text


def test_what_the_workflow_has_no_more_is_left_out() -> None:
    bare = Workflow(name="bare", case=WORKFLOW.case, specialists=(SCORE,))
    gone = (record("Check"), call("Check"), note("Check", "objection", "quality"), effect(EFFECT))
    drawing = Drawing(story(*gone, conflicts=(rung(),)), bare)
    assert drawing.edges == ["hub <--> s0"]


def test_the_same_run_is_drawn_the_same() -> None:
    run = story(call("Score"), record("Score"), review("Verdict"), note("Score", "request", "verdict"))
    assert draw_run(WORKFLOW, run) == draw_run(WORKFLOW, run)


ODD = 'x"`<b>&amp; #35; end\n--> ] %% {init} *a*'


def test_no_name_can_end_its_text_or_stand_for_anything_else() -> None:
    assert escaped(ODD) == "x”’#lt;b#gt;#amp;amp; ♯35; end --#gt; ] %% {init} *a*"
    named = tuple(replace(each, name=f"{ODD} {place}") for place, each in enumerate((SCORE, CHECK, VERDICT, UPDATE)))
    workflow = replace(WORKFLOW, name=ODD, specialists=named, conflicts=(replace(WORKFLOW.conflicts[0], name=ODD),))
    run = story(record("Score", maker=Maker(kind="human", name=ODD)), review("Verdict", 0, 5, answered_by=ODD))
    run = run.model_copy(update={"run": run.run.model_copy(update={"case_id": ODD})})
    for text in (draw_run(workflow, run), draw(workflow)):
        assert len(text.splitlines()) == len(re.findall(r"^(?:%%|flowchart|    \w)", text, re.MULTILINE))
        for line in text.splitlines()[1:]:
            assert line.count('"') % 2 == 0
            assert "`" not in line or re.search(r'"`\*\*[^`"]*`"', line)


@pytest.mark.parametrize(
    ("case", "is_plain"),
    [
        ("L-00001", True),
        # Markdown would make a list, an address or emphasis of these, or lose them
        ("ann@example.com", False),
        ("www.example.com", False),
        ("*a*", False),
        ("[a](b)", False),
        ("漢字", True),
    ],
)
def test_a_name_that_means_something_in_markdown_is_drawn_as_it_is(case: str, is_plain: bool) -> None:
    run = story()
    run = run.model_copy(update={"run": run.run.model_copy(update={"case_id": case})})
    text = f"<br/>Lead {case}<br/>"
    assert (f"**diamond**{text}" in draw_run(WORKFLOW, run)) == is_plain
    assert text in draw_run(WORKFLOW, run)


def test_long_names_are_cut() -> None:
    drawing = Drawing(story(), replace(WORKFLOW, name="x" * 500))
    assert "x" * 39 + "…" in drawing.text
    assert "x" * 40 not in drawing.text

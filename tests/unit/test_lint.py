from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.specialist import FunctionSpecialist
from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Vote
from graphs.escalation import Escalation, Flag
from graphs.lint import check, lint
from graphs.terms import Deadline, Terms
from graphs.workflow import Deliver, Workflow
from state.decision import Decision
from state.errors import InvalidWorkflow
from state.review import Approve, Reject
from tests.support.leads import CHECK, SCORE, UPDATE, VERDICT, Check, Score, Update, Verdict, diamond, owner, quality

HOUR = timedelta(hours=1)


class Fit(Decision):
    """Speaks on the same subject as :class:`Score`."""

    probability: float = 0.5


class Extra(Decision):
    """Nobody uses it."""

    size: int = 0


SOUND = diamond(Reconsider(Check), AskHuman(), effects=(Deliver(Update),))
TWO_VOTERS = (owner(Ballot, name="x"), owner(Ballot, name="y"))


def with_specialists(*specialists: Any) -> Workflow:
    return replace(SOUND, specialists=specialists, conflicts=(), effects=(), escalation=None)


def with_more(*specialists: Any) -> Workflow:
    return replace(SOUND, specialists=(*SOUND.specialists, *specialists))


def with_ladder(*ladder: Any) -> Workflow:
    return replace(SOUND, conflicts=(quality(*ladder),))


def other_score() -> FunctionSpecialist:
    """The owner of another decision that is named ``Score``, too."""
    return owner(type("Score", (Decision,), {"__module__": __name__}))


ROWS: list[tuple[Workflow, str, tuple[str, ...], str, str]] = [
    # messages and waiting
    (
        replace(SOUND, effects=(Deliver(Update, subject="{id}: {nothing}"),)),
        "RH108",
        ("deliver:Update:default", "Update"),
        "The message of deliver:Update:default: {nothing} stands for nothing.",
        "Name fields of the decision or the case.",
    ),
    (
        replace(SOUND, effects=(Deliver(Update, attach=("paper",)),)),
        "RH112",
        ("deliver:Update:default", "Update"),
        "What deliver:Update:default attaches: attach='paper' is no field of it.",
        "Name fields of Update that hold an Artifact, each once.",
    ),
    (
        replace(SOUND, effects=(Deliver(Update, attach=("text",)),)),
        "RH112",
        ("deliver:Update:default", "Update"),
        "What deliver:Update:default attaches: attach='text' is no Artifact.",
        "Name fields of Update that hold an Artifact, each once.",
    ),
    (
        replace(SOUND, terms=(Terms(about="quarrel"),)),
        "RH109",
        ("diamond", "quarrel"),
        "Terms are about 'quarrel', which is neither a decision nor a conflict of this workflow.",
        "Name one of them.",
    ),
    (
        replace(SOUND, terms=(Terms(deadlines=(Deadline(2 * HOUR, Approve()), Deadline(HOUR, Reject()))),)),
        "RH110",
        ("diamond", "terms 1"),
        "The deadlines of terms 1 are not in order of time.",
        "Give each a later time than the one before.",
    ),
    (
        replace(SOUND, terms=(Terms(), Terms(reminders=(HOUR, HOUR)))),
        "RH110",
        ("diamond", "terms 2"),
        "The reminders of terms 2 are not in order of time.",
        "Give each a later time than the one before.",
    ),
    (
        replace(SOUND, terms=(Terms(kinds=("failed", "conflict"), deadlines=(Deadline(HOUR, Approve()),)),)),
        "RH208",
        ("diamond", "terms 1"),
        "Terms 1 approve failed questions, where there is nothing to approve.",
        "Reject or forward those, or they stay open.",
    ),
    (
        replace(SOUND, terms=(Terms(queue=""),)),
        "RH111",
        ("diamond", "terms 1"),
        "What terms 1 say cannot be kept: queue: String should have at least 1 character.",
        "Give values in those bounds.",
    ),
    # nothing to do
    (with_specialists(), "RH100", ("diamond",), "There is no specialist.", "Add one that decides something."),
    # two owners of one decision
    (
        with_more(owner(Score, name="second")),
        "RH101",
        ("Score", "score", "second"),
        "Score has 2 owners: score, second.",
        "Keep one, or put them in a Panel.",
    ),
    # two specialists of a name
    (
        with_more(owner(Extra, name="score")),
        "RH102",
        ("score",),
        "2 specialists are named 'score'.",
        "Name one with name=.",
    ),
    # a name of the hub's own nodes
    (
        with_more(owner(Extra, name="settle")),
        "RH102",
        ("settle",),
        "'settle' is a name of the hub's own nodes.",
        "Give it with name=.",
    ),
    # a character that LangGraph keeps for itself
    (
        with_more(owner(Extra, name="a:b")),
        "RH102",
        ("a:b",),
        "'a:b' cannot be the name of a node.",
        "Give it one without ':' and '|' that does not begin with '__'.",
    ),
    # two conflicts of a name
    (
        replace(SOUND, conflicts=(*SOUND.conflicts, *SOUND.conflicts)),
        "RH102",
        ("quality",),
        "2 conflicts are named 'quality'.",
        "Give each a name of its own.",
    ),
    # a need that nobody decides
    (
        with_more(owner(Extra, Fit)),
        "RH103",
        ("extra", "Fit"),
        "extra needs Fit for Extra, and nobody decides it.",
        "Add its owner, or drop the need.",
    ),
    # a need of the same name, and yet another decision
    (
        with_specialists(other_score(), owner(Verdict, Score)),
        "RH103",
        ("verdict", "Score"),
        "verdict needs Score for Verdict, and nobody decides it.",
        "Add its owner, or drop the need.",
    ),
    # a circle
    (
        with_specialists(owner(Score, Check), owner(Check, Score)),
        "RH104",
        ("Score", "Check", "Score"),
        "The needs go in a circle: Score → Check → Score.",
        "Drop one need, and let its specialist Ask instead.",
    ),
    # a circle of one
    (
        with_specialists(owner(Score, Score)),
        "RH104",
        ("Score", "Score"),
        "The needs go in a circle: Score → Score.",
        "Drop one need, and let its specialist Ask instead.",
    ),
    # a conflict over what nobody decides
    (
        replace(SOUND, conflicts=(Conflict("fit", (Score, Fit), lambda *_: False, (AskHuman(),)),)),
        "RH105",
        ("conflict fit", "Fit"),
        "conflict fit speaks of Fit, and nobody decides it.",
        "Add its owner, or name another decision.",
    ),
    # an effect of what nobody decides
    (
        replace(SOUND, effects=(Deliver(Extra),)),
        "RH105",
        ("effect deliver:Extra:default", "Extra"),
        "effect deliver:Extra:default speaks of Extra, and nobody decides it.",
        "Add its owner, or name another decision.",
    ),
    # what nobody decides is judged
    (
        replace(SOUND, escalation=Escalation(judged=Extra, threshold=0.5)),
        "RH105",
        ("the escalation", "Extra"),
        "the escalation speaks of Extra, and nobody decides it.",
        "Add its owner, or name another decision.",
    ),
    # a flag on what nobody decides
    (
        replace(SOUND, escalation=Escalation(judged=Verdict, threshold=0.5, flag=Flag(Extra, bool))),
        "RH105",
        ("the flag", "Extra"),
        "the flag speaks of Extra, and nobody decides it.",
        "Add its owner, or name another decision.",
    ),
    # an objection settles nothing
    (
        with_ladder(Reconsider(Check)),
        "RH106",
        ("quality",),
        "The ladder of quality can end unsettled.",
        "End it with AskHuman() or Prefer(…).",
    ),
    # a vote may be a tie
    (
        with_ladder(Vote(TWO_VOTERS)),
        "RH106",
        ("quality",),
        "The ladder of quality can end unsettled.",
        "End it with AskHuman() or Prefer(…).",
    ),
    # no ladder at all
    (
        with_ladder(),
        "RH106",
        ("quality",),
        "The ladder of quality can end unsettled.",
        "End it with AskHuman() or Prefer(…).",
    ),
    # an outsider is preferred
    (
        with_ladder(Prefer(Verdict)),
        "RH107",
        ("quality", "Verdict"),
        "A rung of quality names Verdict, which is not one of its two sides.",
        "Name Score or Check.",
    ),
    # an outsider is to reconsider
    (
        with_ladder(Reconsider(Verdict), AskHuman()),
        "RH107",
        ("quality", "Verdict"),
        "A rung of quality names Verdict, which is not one of its two sides.",
        "Name Score or Check.",
    ),
    # an outsider is suggested
    (
        with_ladder(AskHuman(suggest=Verdict)),
        "RH107",
        ("quality", "Verdict"),
        "A rung of quality names Verdict, which is not one of its two sides.",
        "Name Score or Check.",
    ),
    # nobody votes
    (
        with_ladder(Vote(()), AskHuman()),
        "RH107",
        ("quality",),
        "A vote of quality has the voters [] and a quorum of 0.",
        "Name at least one voter, with different names, and a quorum of 0 to their number.",
    ),
    # two voters of a name are one vote
    (
        with_ladder(Vote((TWO_VOTERS[0], TWO_VOTERS[0])), AskHuman()),
        "RH107",
        ("quality",),
        "A vote of quality has the voters ['x', 'x'] and a quorum of 0.",
        "Name at least one voter, with different names, and a quorum of 0 to their number.",
    ),
    # a quorum that is never reached
    (
        with_ladder(Vote(TWO_VOTERS, quorum=3), AskHuman()),
        "RH107",
        ("quality",),
        "A vote of quality has the voters ['x', 'y'] and a quorum of 3.",
        "Name at least one voter, with different names, and a quorum of 0 to their number.",
    ),
    # a voter that does not vote
    (
        with_ladder(Vote((owner(Score, name="x"),)), AskHuman()),
        "RH107",
        ("quality", "x"),
        "x votes on quality and decides Score.",
        "Let it decide a Ballot.",
    ),
    # at odds with itself
    (
        replace(SOUND, conflicts=(Conflict("self", (Score, Score), lambda *_: False, (AskHuman(),)),)),
        "RH107",
        ("self",),
        "self is between Score and itself.",
        "Use a Panel for several views of one decision.",
    ),
    # made for nobody
    (
        with_more(owner(Extra, Score)),
        "RH201",
        ("Extra", "extra"),
        "Nobody uses Extra.",
        "Let somebody need it, deliver it, or leave extra out.",
    ),
    # the same subject, and no rule
    (
        replace(SOUND, specialists=(SCORE, owner(Fit), CHECK, owner(Verdict, Score, Fit, Check), UPDATE)),
        "RH202",
        ("Score", "Fit"),
        "Score and Fit both decide probability and may disagree, with no rule for it.",
        "Declare a Conflict between them.",
    ),
    # it builds on one side, and never learns which side was preferred
    (
        replace(
            SOUND,
            specialists=(SCORE, CHECK, owner(Verdict, Score), UPDATE, owner(Extra, Check)),
            effects=(Deliver(Update), Deliver(Extra)),
        ),
        "RH203",
        ("Verdict", "quality"),
        "Verdict needs Score only, and so does not see how quality was settled.",
        "Let it need both sides.",
    ),
    # delivered, and then asked for again by what is built on it
    (
        replace(SOUND, effects=(Deliver(Verdict), Deliver(Update))),
        "RH204",
        ("deliver:Verdict:default", "Verdict"),
        "deliver:Verdict:default delivers Verdict, which Update can still send back.",
        "Deliver a decision that is built on it instead.",
    ),
    # nobody is ever asked
    (
        replace(SOUND, conflicts=(quality(Prefer(Score)),), escalation=None),
        "RH205",
        ("diamond",),
        "Nothing brings an unsure decision to a human.",
        "Declare escalation=Escalation(judged=…, threshold=…).",
    ),
    # many, and no rule
    (
        replace(
            SOUND,
            specialists=(*SOUND.specialists, owner(Extra)),
            effects=(Deliver(Update), Deliver(Extra)),
            conflicts=(),
        ),
        "RH206",
        ("diamond",),
        "5 specialists and no conflict rule.",
        "Declare what may disagree, or work with fewer.",
    ),
    # rungs that are never reached
    (
        with_ladder(AskHuman(), Prefer(Score)),
        "RH207",
        ("quality",),
        "The ladder of quality goes on after AskHuman.",
        "Put AskHuman() last.",
    ),
]


@pytest.mark.parametrize(
    ("workflow", "code", "names", "problem", "mend"), ROWS, ids=[f"{row[1]}-{row[3]}" for row in ROWS]
)
def test_every_finding_has_a_code_the_names_and_a_mend(
    workflow: Workflow, code: str, names: tuple[str, ...], problem: str, mend: str
) -> None:
    [found] = [finding for finding in lint(workflow) if finding.code == code and finding.names == names]
    assert (found.problem, found.mend) == (problem, mend)
    assert found.severity == ("error" if code < "RH2" else "warning")


def test_every_code_has_a_row(request: pytest.FixtureRequest) -> None:
    files = ("lint.py", "lint_outward.py", "finding.py")
    source = "\n".join((request.config.rootpath / "graphs" / name).read_text() for name in files)
    codes = {word.strip('",(') for word in source.split() if word.startswith(('Finding("RH', '"RH'))}
    assert {code.removeprefix('Finding("') for code in codes if len(code) > 3} - {"RH2"} == {row[1] for row in ROWS}


@pytest.mark.parametrize(
    "workflow",
    [
        # the workflow of these tests
        SOUND,
        # one specialist alone needs nobody to use what it decides
        replace(with_specialists(SCORE), escalation=Escalation(judged=Score, threshold=0.5)),
        # a conflict whose last rung is a human is a way to a human
        replace(SOUND, escalation=None),
        # same subject, one built on the other: an answer to it, not a rival
        replace(SOUND, specialists=(SCORE, owner(Fit, Score), owner(Verdict, Fit), UPDATE), conflicts=()),
        # same subject, and a rule for it
        replace(
            SOUND,
            specialists=(SCORE, owner(Fit), owner(Verdict, Score, Fit), UPDATE),
            conflicts=(Conflict("fit", (Score, Fit), lambda *_: False, (AskHuman(),)),),
        ),
        # what comes before the later side of a conflict cannot see its settlement, and need not
        replace(SOUND, conflicts=(Conflict("late", (Score, Update), lambda *_: False, (AskHuman(),)),), effects=()),
        # a vote in the middle of a ladder
        with_ladder(Vote(TWO_VOTERS, quorum=2), AskHuman(suggest=Score)),
    ],
)
def test_a_sound_workflow_has_no_findings(workflow: Workflow) -> None:
    assert [str(finding) for finding in lint(workflow)] == []


def test_errors_come_first_and_all_of_them_are_told() -> None:
    broken = replace(SOUND, conflicts=(quality(Reconsider(Verdict)),), effects=(Deliver(Extra),))
    assert [finding.code for finding in lint(broken)] == ["RH105", "RH106", "RH107"]


def test_errors_refuse_to_compile() -> None:
    with pytest.raises(InvalidWorkflow, match="Workflow 'diamond' cannot be compiled: RH106 The ladder") as invalid:
        check(with_ladder(Reconsider(Check)))
    assert len(invalid.value.findings) == 1


def test_warnings_do_not_refuse_to_compile() -> None:
    check(with_ladder(AskHuman(), Prefer(Score)))


def test_a_finding_reads_as_a_line() -> None:
    [finding] = lint(with_ladder(AskHuman(), Prefer(Score)))
    assert str(finding) == "RH207 The ladder of quality goes on after AskHuman. Put AskHuman() last."


@pytest.mark.parametrize("name", ["", "__start__", "__x", "a|b", "hub", "ask"])
def test_a_name_that_cannot_be_a_node_is_found_before_anything_is_built(name: str) -> None:
    assert "RH102" in {finding.code for finding in lint(with_more(owner(Extra, name=name)))}


def test_lint_never_raises_for_what_is_wrong_at_once() -> None:
    make: Callable[..., Any] = owner
    broken = replace(
        SOUND,
        specialists=(make(Score, Verdict), make(Score, Score), make(Verdict, Extra, name="hub"), VERDICT),
        conflicts=(quality(), Conflict("quality", (Fit, Fit), lambda *_: False, (Vote(()),))),
    )
    assert {finding.code for finding in lint(broken)} >= {"RH101", "RH102", "RH103", "RH105", "RH106", "RH107"}

"""The story of a run on the terminal, where chat models had seats."""

from io import StringIO

from rich.console import Console

from state.provenance import Evidence, Provenance
from state.run import RunStory
from terminal.story import LONGEST, story_view
from tests.support.stories import call, record, story

FOUND = Evidence(tool="lookup", asked='{"id": 7}', text="Acme\n[bold]AG[/bold] \x1b[31m", source="crm.csv, line 12")


def told(shown: RunStory, width: int = 200) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(story_view(shown), markup=False)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def decided(provenance: Provenance) -> str:
    return told(story(record("Topic", value={"topic": "x", "confidence": 0.91}, provenance=provenance)))


def test_a_decision_says_what_its_confidence_rests_on() -> None:
    assert "confidence 0.91 by token probabilities" in decided(Provenance(confidence_by="probabilities"))
    assert "confidence 0.91 as the model says" in decided(Provenance(confidence_by="stated"))
    agreed = decided(Provenance(confidence_by="agreement", remarks=("4 of 5 answers agree",)))
    assert "confidence 0.91 by how many answers agree" in agreed
    assert "4 of 5 answers agree" in agreed
    assert "confidence 0.91, from the case" in decided(Provenance())


def test_evidence_stands_with_its_source_and_as_text() -> None:
    said = decided(Provenance(evidence=(FOUND,)))
    assert 'looked up  lookup {"id": 7}  in crm.csv, line 12' in said
    assert "Acme [bold]AG[/bold] \\x1b[31m" in said


def test_long_evidence_is_cut() -> None:
    said = decided(Provenance(evidence=(FOUND.model_copy(update={"text": "y" * 2 * LONGEST}),)))
    assert said.count("y") < LONGEST + 10


def test_the_head_says_who_had_which_seat_and_what_that_took() -> None:
    called = call("Topic", model="gpt", tokens_in=1_200, tokens_out=30, cost=0.5)
    said = told(story(called, pins={"staff": {"*": "gpt", "!": "ask"}}))
    assert "all seats: gpt; where a model fails, a human is asked" in said
    assert "1 model call · tokens: 1,200 in, 30 out · cost 0.5" in said
    assert "seats" not in told(story(call("Topic")))


def test_the_timeline_has_columns_for_models_only_where_there_are_any() -> None:
    calls = call("Topic", model="gpt", tokens_in=1_200, tokens_out=30), call("Topic", tool="lookup", outcome="gathered")
    wide, narrow, without = told(story(*calls)), told(story(*calls), width=70), told(story(call("Topic")))
    assert "lookup: gathered" in wide
    assert "tokens in" in wide
    assert "cost" not in wide
    assert "Model calls" not in wide
    assert "Model calls" in narrow
    assert "1,200" in narrow
    assert "model" not in without

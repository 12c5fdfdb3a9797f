"""The story of a run on the terminal, where chat models had seats."""

from io import StringIO

from rich.console import Console

from state.artifact import Artifact
from state.effect import Message
from state.provenance import Evidence, Provenance
from state.run import RunStory
from terminal.content import BEGINNING, ROWS
from terminal.story import story_view
from tests.support.stories import call, effect, record, story

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
    said = decided(Provenance(evidence=(FOUND.model_copy(update={"text": "y" * 2 * BEGINNING}),)))
    assert said.count("y") < BEGINNING + 10


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


FILE = {"digest": "8b" * 32, "name": "sample-2026-03.pdf", "size": 141_304}


def test_files_and_mappings_are_told_with_their_names() -> None:
    said = told(story(record("Report", value={"paper": FILE, "counts": {"duplicate": 2, "missing": 1}})))
    assert "paper  sample-2026-03.pdf, 141 kB, 8b8b8b8b" in said
    assert "counts  duplicate 2, missing 1" in said


def test_a_list_of_objects_is_a_small_table_that_says_how_many_more_there_are() -> None:
    pulls = [{"source": f"s{place}", "by": "data", "rows": place * 1000} for place in range(ROWS + 3)]
    lines = told(story(record("Dataset", value={"pulls": pulls}))).splitlines()
    [head] = [place for place, line in enumerate(lines) if "pulls" in line]
    assert "in each: by data" in lines[head]
    assert lines[head + 1].split()[-2:] == ["source", "rows"]
    assert lines[head + ROWS + 1].split()[-2:] == [f"s{ROWS - 1}", f"{ROWS - 1}000"]
    assert "and 3 more; --json tells all" in lines[head + ROWS + 2]


def test_a_table_leaves_out_what_a_narrow_terminal_has_no_room_for() -> None:
    issue = {"check": "missing", "source": "exchange/broker/other", "measure": 0.5, "words": "no value at all " * 4}
    shown = story(record("Findings", value={"issues": [issue]}))
    assert "exchange/broker/other" in told(shown, width=120)
    narrow = told(shown, width=50)
    assert "exchange" not in narrow
    assert "missing" in narrow
    assert max(map(len, narrow.splitlines())) <= 50


def test_a_long_text_is_cut_and_says_so() -> None:
    said = told(story(record("Report", value={"text": "y" * 2_000})), width=2_500)
    assert said.count("y") < BEGINNING + 10
    assert "2,000 characters" in said


def test_text_in_a_table_is_text() -> None:
    said = told(story(record("Findings", value={"issues": [{"words": "[red]x[/red] \x1b[31m"}]})))
    assert "[red]x[/red] \\x1b[31m" in said


def test_an_effect_is_told_by_its_subject_and_its_files() -> None:
    message = Message(to="purchasing", subject="Prices, March", text="a long letter", attachments=(Artifact(**FILE),))
    sent = effect("deliver:Report:default").model_copy(
        update={"message": message, "payload": {"text": "a long letter", "paper": FILE}}
    )
    said = told(story(sent))
    assert "Prices, March" in said
    assert "to purchasing" in said
    assert "with sample-2026-03.pdf, 141 kB" in said
    assert "a long letter" not in said
    assert "{" not in said

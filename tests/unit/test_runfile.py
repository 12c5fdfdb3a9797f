from pathlib import Path

import pytest

from lab.runfile import Runfile, digest_of, load_runfile, shipped_runfiles
from state.errors import InvalidProfile


def written(folder: Path, text: str, name: str = "mine.toml") -> Runfile:
    file = folder / name
    file.write_text(text)
    return load_runfile(file)


def test_what_a_runfile_does_not_say_has_a_default(tmp_path: Path) -> None:
    made = written(tmp_path, 'name = "mine"')
    assert made.shapes == ("hub", "pipeline", "supervisor", "mesh", "single")
    assert made.content == Runfile(name="mine").content
    assert made.size == made.cases * 5 * len(made.agents)


def test_one_value_needs_no_brackets(tmp_path: Path) -> None:
    made = written(tmp_path, 'name = "mine"\nagents = 4\nshapes = "hub"\noverlap = 0')
    assert (made.agents, made.shapes, made.overlap) == ((4,), ("hub",), (0.0,))


SAME = [
    # with a comment, in another order, with a default written out, with a whole number for a share
    '# mine\nname = "mine"\ncases = 9\nfault_rate = [0, 0.5]',
    'cases = 9\nfault_rate = [0.0, 0.5]\nname = "mine"',
    'name = "mine"\ncases = 9\nfault_rate = [0, 0.5]\nseed = 0\n[team]\nwidth = 3',
]
OTHER = [
    'name = "mine"\ncases = 10\nfault_rate = [0, 0.5]',
    'name = "mine"\ncases = 9\nfault_rate = [0.5, 0]',
    'name = "yours"\ncases = 9\nfault_rate = [0, 0.5]',
    'name = "mine"\ncases = 9\nfault_rate = [0, 0.5]\nseed = 1',
    'name = "mine"\ncases = 9\nfault_rate = [0, 0.5]\n[prices]\ntokens_in = 2',
]


def test_an_experiment_is_known_by_what_its_file_says_and_not_how_or_where(tmp_path: Path) -> None:
    same = {digest_of(written(tmp_path, text, f"{place}.toml").content) for place, text in enumerate(SAME)}
    other = {digest_of(written(tmp_path, text).content) for text in OTHER}
    assert len(same) == 1
    assert len(same | other) == 1 + len(OTHER)


MISTAKES = [
    ("agents = [1]", "name: Field required"),
    ("agents = [0]", "agents.0: Input should be greater than or equal to 1"),
    ("agents = [65]", "agents.0: Input should be less than or equal to 64"),
    ("agents = [2.5]", "agents.0: Input should be a valid integer"),
    ("agents = []", "agents: the list is empty"),
    ("agent = [1]", "agent: unknown key; did you mean 'agents'?"),
    ('shapes = ["hub", "star"]', "shapes.1: Input should be 'hub', 'pipeline', 'supervisor', 'mesh' or 'single'"),
    ("fault_rate = [0, 0]", "fault_rate: 0.0 stands there more than once"),
    ("overlap = [1.5]", "overlap.0: Input should be less than or equal to 1"),
    ("cases = 0", "cases: Input should be greater than or equal to 1"),
    ('cases = "9"', "cases: Input should be a valid integer"),
    ("cases = 1000000", "15,000,000 trials are more than 2,000,000"),
    ('name = "a/b"', "name: use up to 60 letters"),
    ("[team]\ncases = 3", "team.cases: unknown key here; it stands at the top of the file"),
    ("[team]\nwith = 3", "team.with: unknown key; did you mean 'width'?"),
    ("[faults]\nsilence = -1", "faults.silence: Input should be greater than or equal to 0"),
    ("[faults]\nsilence = inf", "faults.silence: Input should be a finite number"),
    ("[faults]\nsilence = 1e308", "faults.silence: Input should be less than or equal to 1000000"),
    ("[prices]\nhuman_minute = 1e308", "prices.human_minute: Input should be less than or equal to 1000000000"),
    ("[person]\naccuracy = 2", "person.accuracy: Input should be less than or equal to 1"),
    ('agents = 2\n[workflow]\nname = "a"\ncases = "b.csv"', "agents cannot stand beside [workflow]"),
    ('[workflow]\nname = "a"', "workflow.cases: Field required"),
    ("[", "is not TOML"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_a_mistake_is_told_in_one_line_that_names_the_file_and_the_key(tmp_path: Path, text: str, says: str) -> None:
    named = text if text.startswith("name") or says.startswith("name") else f'name = "mine"\n{text}'
    with pytest.raises(InvalidProfile) as refused:
        written(tmp_path, named)
    message = str(refused.value)
    assert says in message
    assert message.startswith(f"Runfile '{tmp_path / 'mine.toml'}'")
    assert "?." not in message
    assert "\n" not in message


def test_a_file_that_is_not_there_is_told_with_the_names_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match=f"or one of {', '.join(shipped_runfiles())}"):
        load_runfile(tmp_path / "none.toml")


@pytest.mark.parametrize("name", shipped_runfiles())
def test_every_shipped_runfile_is_found_by_its_name(name: str) -> None:
    assert load_runfile(name).name == name


def test_the_shipped_sizes_are_those_of_the_figures_to_reach() -> None:
    sizes = load_runfile("sizes")
    assert (len(sizes.shapes), len(sizes.agents), sizes.cases, max(sizes.agents)) == (5, 8, 200, 32)


def test_a_workflow_has_at_most_as_many_trials_as_its_limit_allows() -> None:
    leads = load_runfile("leads")
    assert leads.workflow is not None
    assert leads.size == 5 * len(leads.fault_rate) * (leads.workflow.limit or 0)

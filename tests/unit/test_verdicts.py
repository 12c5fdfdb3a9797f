import pytest

from lab.statistics.bootstrap import Bootstrap
from lab.statistics.sample import Condition
from lab.statistics.tariff import Tariff
from lab.statistics.verdict import Verdict
from lab.statistics.verdicts import Verdicts, middle, verdicts
from state.trial import ShapeName, Trial
from tests.support.trials import cell, trial

SIZES = (1, 2, 4, 8, 16)

SOME = Bootstrap(times=200)

RATES = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)


def run(shape: ShapeName, rates: tuple[float, ...] = (0.1,)) -> list[Trial]:
    """The hub and the single agent take a turn an agent; the mesh takes its square, asks and is dear."""
    mesh = shape == "mesh"
    return [
        trial(
            cell(shape, size, 0.5, rate),
            case,
            turns=size * size if mesh else size,
            critical_path=size,
            questions=size if mesh else 0,
            human_minutes=3.0 * size if mesh else 0.0,
            cost=0.01 * size,
            tokens_in=100 * size,
            tokens_out=0,
            # the share of cases with a cascade is the fault rate, whatever the size
            cascades=int(mesh and case < 20 * rate),
        )
        for size in SIZES
        for rate in rates
        for case in range(20)
    ]


def told(trials: list[Trial], condition: Condition | None = None) -> Verdicts:
    return verdicts(trials, tariff=Tariff(1.0), bootstrap=SOME, condition=condition)


@pytest.fixture(scope="module")
def found() -> Verdicts:
    return told(run("single") + run("hub") + run("mesh"))


def of(found: Verdicts, shape: ShapeName) -> Verdict:
    return next(each for each in found.shapes if each.shape == shape)


def test_growth_is_fitted_for_every_shape(found: Verdicts) -> None:
    hub, mesh = of(found, "hub"), of(found, "mesh")
    assert hub.turns is not None
    assert mesh.turns is not None
    assert hub.turns.exponent.value == pytest.approx(hub.turns.linear_exponent)
    assert mesh.turns.exponent.value > 1.9
    assert mesh.tokens is not None
    assert mesh.tokens.exponent.value == pytest.approx(mesh.tokens.linear_exponent)


def test_the_turns_of_the_hub_are_the_measure(found: Verdicts) -> None:
    assert [(each.agents, each.turns.value) for each in of(found, "mesh").times_hub] == [(n, n) for n in SIZES]


def test_every_agent_more_brings_its_questions(found: Verdicts) -> None:
    mesh, hub = of(found, "mesh").questions_per_agent, of(found, "hub").questions_per_agent
    assert mesh is not None
    assert hub is not None
    assert (mesh.value, hub.value) == pytest.approx((1, 0))


def test_a_shape_is_compared_with_the_others_and_not_with_itself(found: Verdicts) -> None:
    mesh, hub, single = of(found, "mesh"), of(found, "hub"), of(found, "single")
    assert mesh.against_single is not None
    assert mesh.against_single.stops_at == 1
    assert hub.against_single is not None
    assert hub.against_single.stops_at is None
    assert (hub.against_hub, single.against_single) == (None, None)


def test_the_answers_say_what_the_figures_say(found: Verdicts) -> None:
    tried, explodes, asks, worsens, idle, worth = (answer.text for answer in found.answers())
    assert tried.startswith("Teams of 1 to 16 agents, with work in proportion, on the same 20 cases in every shape")
    assert "faults in 10 % of the turns" in tried
    assert explodes.startswith("In the mesh.")
    assert "with 16 agents a case takes 256 turns, 16.0 (16.0 to 16.0) times those of the hub" in explodes
    assert "Not shown to be faster than a straight line: the hub" in explodes
    assert asks.startswith("With 16 agents a human is asked in so many of the cases: 100 % in the mesh.")
    assert "Nobody is asked in the hub. Questions a case: 16.0 (16.0 to 16.0) in the mesh." in asks
    assert "A question takes 3 minutes." in asks
    assert "With 2 agents there are at most 2.00 questions a case." in asks
    assert worsens.startswith("Not everywhere.")
    assert "brings so many questions more to a case: 1.00 (1.00 to 1.00) in the mesh." in worsens
    assert "100 % and 100 % in the hub, the mesh and the single agent" in worsens
    assert "With 16 agents and one case at a time they are idle for so much of it: 94 % in the hub" in idle
    assert "Dearer than the single agent, by the number of agents: the mesh at every size." in worth
    assert "the hub at every size" not in worth, "it costs as much"


def test_where_no_shape_is_dearer_or_cheaper_that_is_said() -> None:
    worth = told(run("single") + run("hub")).answers()[5].text
    assert "None is shown to be dearer or cheaper than the single agent." in worth


def test_little_growth_beyond_a_line_is_no_explosion() -> None:
    trials = [trial(cell("hub", size), case, turns=size + (size == 8)) for size in (2, 4, 8) for case in range(10)]
    text = told(trials).answers()[1].text
    assert text.startswith("In none of the shapes.")
    assert "A little faster than a straight line: the hub with" in text
    assert "(12 % above it at 8)" in text


def test_that_more_come_out_right_in_between_is_told() -> None:
    trials = [
        trial(cell("hub", size), case, right=case < right)
        for size, right in ((2, 15), (4, 20), (8, 10))
        for case in range(20)
    ]
    text = told(trials).answers()[3].text
    assert (
        "with 2 and with 8 agents: 75 % and 50 % in the hub. In between there are more: 100 % with 4 in the hub."
        in (text)
    )


def test_where_a_few_cases_ask_dozens_of_questions_their_share_is_told() -> None:
    trials = [trial(cell("hub", 8), case, questions=30 * (case == 0), human_minutes=60.0) for case in range(20)]
    text = told(trials).answers()[2].text
    assert "in so many of the cases: 5 % in the hub. Questions a case: 1.50" in text


def test_no_fault_and_no_view_are_not_made_up() -> None:
    tried = told([trial(cell("hub", 3), case) for case in range(4)]).answers()[0].text
    assert tried.startswith("Teams of 3 agents on the same 4 cases in every shape, with no faults in turns")
    assert "view" not in tried


def test_a_few_cases_are_not_to_be_trusted(found: Verdicts) -> None:
    few = told([trial(cell("hub", 3), case) for case in range(19)])
    assert "too few to trust" in few.answers()[0].text
    assert "too few" not in found.answers()[0].text


def test_half_a_page_is_enough(found: Verdicts) -> None:
    assert 100 < sum(len(sentence.split()) for sentence in found.sentences()) < 390


def test_a_crossing_that_does_not_sharpen_is_not_called_a_transition() -> None:
    found = told(run("hub", RATES) + run("mesh", RATES))
    crossing = of(found, "mesh").crossing("cascade")
    assert crossing is not None
    assert crossing.verdict == "crossover"
    text = " ".join(found.sentences())
    assert "a crossover and no phase transition" in text
    assert text.count("phase transition") == 1


def test_a_single_shape_and_size_says_what_it_can() -> None:
    found = told([trial(cell("hub", 3), case) for case in range(4)])
    assert "no growth can be told" in " ".join(found.sentences())


def test_the_order_of_trials_plays_no_part_and_the_same_seed_gives_the_same(found: Verdicts) -> None:
    trials = run("single") + run("hub") + run("mesh")
    assert told(trials[::-1]) == found


def test_another_condition_can_be_asked_for() -> None:
    found = told(run("hub", RATES), Condition(0.5, 0.2))
    assert {row.cell.fault_rate for row in of(found, "hub").rows} == {0.2}


@pytest.mark.parametrize(
    ("tried", "chosen"),
    [
        # faults are preferred to none
        ([(0.0, 0.0), (0.0, 0.1)], (0.0, 0.1)),
        # the middle of three, the upper one of two
        ([(o, f) for o in (0, 0.5, 1) for f in (0, 0.1, 0.2)], (0.5, 0.2)),
        # without any there is but one
        ([(0.3, 0.0)], (0.3, 0.0)),
    ],
)
def test_the_middle_condition_stands_for_an_experiment(
    tried: list[tuple[float, float]], chosen: tuple[float, float]
) -> None:
    assert middle([Condition(*each) for each in tried]) == Condition(*chosen)


def test_without_trials_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="Run it first"):
        told([])

"""What was made of the last objects."""

from state.progress import Noted, Progress, dump_events, reduce_events
from state.recent import Recent
from tests.support.run import NOW


def test_what_is_kept_is_found_by_the_object_and_not_by_an_equal_one() -> None:
    recent: Recent[int] = Recent(2)
    key = [1]
    recent.keep(key, 7)
    assert (recent.find(key), recent.find([1])) == (7, None)


def test_only_the_last_are_kept() -> None:
    recent: Recent[int] = Recent(2)
    keys = [[place] for place in range(3)]
    for place, key in enumerate(keys):
        recent.keep(key, place)
    assert [recent.find(key) for key in keys] == [None, 1, 2]


def test_a_state_that_was_reduced_is_read_as_what_it_says() -> None:
    note = {"kind": "request", "author": "router", "text": "look again", "at": NOW.isoformat()}
    state = reduce_events({}, [{"event": "noted", "to": "Score", "note": note}])
    assert Progress.parse(state) == Progress.model_validate(state)
    assert Progress.parse(state) is Progress.parse(state)
    again = reduce_events(state, dump_events([Noted(to="Score", note=Progress.parse(state).notes["Score"][0])]))
    assert [len(Progress.parse(each).notes["Score"]) for each in (state, again)] == [1, 2]

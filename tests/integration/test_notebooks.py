"""The notebooks: each is run as a reader runs it and shows its point, and one is changed as a reader would."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

PROJECT = Path(__file__).resolve().parents[2]

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

POINTS = {
    # two calls a case, and four where the router asks
    "01_two_agents": "assert [len(end.executions) for end in ends] == [2, 4, 2]",
    # one more call for each disagreement, fewer humans than disagreements, and none that is silent
    "02_add_a_third_and_a_conflict": (
        "before, after = figures(without_rule), figures(with_rule)\n"
        "assert before['silent'] == after['disagreements seen'] == after['calls'] - before['calls'] > 0\n"
        "assert after['silent'] == 0 < after['settled by a human'] < after['agreed after a second look']"
    ),
    # every mistake is found, and the workflow itself has none
    "03_your_own_workflow": (
        "assert set(table['mistake']) == {*mistakes} - {'none'}\n"
        "assert [row['calls'] for row in rows] == [2, 2, 2]\n"
        "assert [bool(row['asks a human']) for row in rows] == [False, False, True]"
    ),
    # turns grow in proportion to the team in all shapes but the mesh, also around three agents of one's own
    "04_where_does_it_explode": (
        "assert {shape for shape, law in laws.items() if law.exponent.low > 1.5} == {'mesh'}\n"
        "assert all(law.exponent.high < 1.15 for shape, law in laws.items() if shape != 'mesh')\n"
        "turns = {row.cell.shape: row.turns for row in own_rows}\n"
        "assert turns['hub'].high < turns['mesh'].low and turns['hub'].high < turns['supervisor'].low"
    ),
    # every agent idles for nearly all of the month, and its seat is paid for
    "05_who_pays_for_idle_agents": (
        "assert {seat.specialist for seat in month.idle_seats} == {post.work.specialist for post in found.posts}\n"
        "assert all(seat.share > 0.9 and seat.charge > 0 for seat in month.idle_seats) and month.break_evens"
    ),
    # a fork costs what depends on its change
    "06_resume_and_what_if": (
        "assert [row['calls'] for row in rows] == [4, 1, 2]\n"
        "ends = [Progress.parse(end['progress']).latest_value('Reply')['text'] for end in (by_ann, by_ben)]\n"
        "assert ends == ['We refund 250.00.', 'We refund 50.00.']"
    ),
}
"""What the last cell of a notebook has to show, as a cell that comes after it."""

GUARD = """
import sys

def stay_here(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in ("127.0.0.1", "::1"):
        raise PermissionError(f"a notebook talks to {args[1]}")

sys.addaudithook(stay_here)
"""
"""What IPython runs at its start: a notebook needs no network."""

FOURTH = """
class Budget(Decision):
    affordable: bool


@specialist(decides=Budget)
async def controller(handoff: Handoff[Lead]) -> Budget:
    return Budget(affordable=handoff.case.employees < 350)


@specialist(decides=Assignment, needs=(Fit, Context, Budget))
async def router(handoff: Handoff[Lead]) -> Assignment:
    if any(settled.preferred == "Budget" for settled in handoff.settlements):
        return Assignment(team="partner")
    stands = Context if any(settled.preferred == "Context" for settled in handoff.settlements) else Fit
    return Assignment(team="field sales" if handoff[stands].contact else "newsletter")


def too_dear(fit: Fit, budget: Budget) -> bool:
    return fit.contact and not budget.affordable


from graphs.conflict import Prefer

dear = Conflict("too dear", between=(Fit, Budget), when=too_dear, ladder=(Prefer(Budget),))
ruled = replace(ruled, specialists=(analyst, researcher, controller, router), conflicts=(worth_it, dear))
"""
"""What a reader adds to the second notebook: a fourth specialist, and another conflict."""

CHANGED = """
import json

print(json.dumps({
    "findings": [str(finding) for finding in lint(ruled)],
    "without": figures(without_rule),
    "with": figures(with_rule),
    "cases": [lead.model_dump() for lead in leads],
    "ends": [{
        "teams": end.latest_value("Assignment")["team"],
        "fit": end.latest_value("Fit")["contact"],
        "rungs": [(rung.conflict, rung.preferred) for rung in end.rungs],
    } for end in with_rule],
}))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for all that belongs to a kernel. It is not in ``tmp_path``, since the path of a socket is short."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.reads(path.read_text(), as_version=4)  # type: ignore[no-untyped-call]  # the library's
    return notebook


def kernel_in(folder: Path) -> AsyncKernelManager:
    """A kernel of the interpreter that runs the tests, whatever others the machine has. It opens no port."""
    specs = KernelSpecManager(kernel_dirs=[])
    return AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=specs, transport="ipc", connection_file=str(folder / "kernel.json")
    )


def code(source: str, name: str) -> NotebookNode:
    cell: NotebookNode = new_code_cell(source, id=name)  # type: ignore[no-untyped-call]  # the library's
    return cell


async def run(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in an empty folder, where it must leave nothing, and without a key."""
    (folder / "ipython" / "profile_default" / "startup").mkdir(parents=True)
    (folder / "ipython" / "profile_default" / "startup" / "guard.py").write_text(GUARD)
    (here := folder / "here").mkdir()
    foreign = ("ROUNDHOUSE_", "OPENAI_", "JUPYTER_", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(PROJECT)}
    client = NotebookClient(notebook, km=kernel_in(folder), timeout=300)
    try:
        await client.async_execute(env=environment, cwd=str(here), cleanup_kc=True)
    except CellExecutionError as failed:
        cell = failing(notebook)
        pytest.fail(f"cell {cell.id!r}: {failed.ename}: {failed.evalue}\n{cell.source}")
    assert not list(here.iterdir())


def failing(notebook: NotebookNode) -> NotebookNode:
    cell: NotebookNode
    [cell] = [cell for cell in notebook.cells if any(out.output_type == "error" for out in cell.get("outputs", ()))]
    return cell


def printed(notebook: NotebookNode, stream: str = "stdout") -> list[str]:
    """What the cells wrote, one text for each that wrote anything."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return [out.text for out in outputs if out.output_type == "stream" and out.name == stream]


def pages(notebook: NotebookNode) -> list[str]:
    """What the cells show as HTML."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "data" in out]
    return [out.data["text/html"] for out in outputs if "text/html" in out.data]


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    cell: NotebookNode
    [cell] = [cell for cell in notebook.cells if cell.id == name]
    return cell


@each_notebook
async def test_a_notebook_runs_and_shows_its_point(path: Path, folder: Path) -> None:
    notebook = read(path)
    notebook.cells.append(code(POINTS[path.stem], "shown"))
    await run(notebook, folder)
    assert printed(notebook, "stderr") == []
    assert notebook.cells[-2].outputs, "the last cell shows the point"
    assert not [page for page in pages(notebook) if "<script" in page], "a browser would fetch something"


@each_notebook
def test_a_notebook_is_stored_as_it_is_before_it_runs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    }
    for cell in notebook.cells:
        assert (cell.metadata, cell.get("outputs", []), cell.get("execution_count")) == ({}, [], None), cell.id


@each_notebook
def test_a_notebook_is_short_and_begins_with_its_point(path: Path) -> None:
    first, *_, last = cells = read(path).cells
    assert 6 <= len(cells) <= 12
    assert (first.cell_type, last.cell_type) == ("markdown", "code")
    assert "**The point: " in first.source


@each_notebook
def test_a_notebook_names_no_path_of_a_machine(path: Path) -> None:
    sources = "\n".join(cell.source for cell in read(path).cells)
    assert not re.findall(r"""(?:["'\s(]|sqlite:///)(?:/[\w.]+/|~/|[A-Za-z]:\\)[^\s"']*""", sources)


def test_every_notebook_has_its_number_and_its_point() -> None:
    assert [int(path.stem[:2]) for path in NOTEBOOKS] == list(range(1, len(NOTEBOOKS) + 1))
    assert [*POINTS] == [path.stem for path in NOTEBOOKS]


def test_a_workflow_from_nothing_takes_at_most_twenty_lines() -> None:
    source = cell_of(read(PROJECT / "notebooks" / "03_your_own_workflow.ipynb"), "workflow").source
    assert len([line for line in source.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{}['key']", "cell 'broken': KeyError: 'key'"),
        # the address is nobody's
        ("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)", "cell 'broken': PermissionError: a notebook"),
    ],
)
async def test_a_cell_that_fails_is_named_with_its_error(folder: Path, source: str, message: str) -> None:
    cells = [code("1 + 1", "fine"), code(source, "broken")]
    with pytest.raises(pytest.fail.Exception, match=message):
        await run(new_notebook(cells=cells), folder)  # type: ignore[no-untyped-call]  # the library's


async def test_a_fourth_specialist_and_another_conflict_can_be_added(folder: Path) -> None:
    notebook = read(PROJECT / "notebooks" / "02_add_a_third_and_a_conflict.ipynb")
    after_rule = notebook.cells.index(cell_of(notebook, "rule")) + 1
    notebook.cells.insert(after_rule, code(FOURTH, "fourth"))
    notebook.cells.append(code(CHANGED, "changed"))
    await run(notebook, folder)
    came = json.loads(printed(notebook)[-1])
    assert came["findings"] == []
    assert came["without"]["calls"] == 3 * 100
    # the first conflict costs a call each time, as before; the second is settled by the hub
    again = sum(("worth a contact", None) in map(tuple, end["rungs"]) for end in came["ends"])
    assert came["with"]["calls"] == 4 * 100 + again
    dear = [case["employees"] >= 350 and end["fit"] for case, end in zip(came["cases"], came["ends"], strict=True)]
    assert [["too dear", "Budget"] in end["rungs"] for end in came["ends"]] == dear
    assert [end["teams"] == "partner" for end in came["ends"]] == dear
    assert 0 < sum(dear) < 100

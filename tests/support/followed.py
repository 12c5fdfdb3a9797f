"""The triage workflow with a grading: of each ticket it is known later which team it should have gone to."""

from dataclasses import replace
from pathlib import Path

from graphs.catalogue import Catalogue, Entry
from graphs.escalation import Grading
from graphs.workflow import Workflow
from runtime.outcomes import Told, take_outcomes
from runtime.roundhouse import Roundhouse
from tests.support.triage import Team, triage

MISSED, ASTRAY = "tickets that the night shift missed", "tickets sent astray"


def error(team: Team, label: str) -> str | None:
    """A ticket is at the wrong team, or should have gone to the night shift."""
    if label == "explode":
        raise RuntimeError("no such team")
    if team.team == label:
        return None
    return MISSED if label == "night" else ASTRAY


def followed(spot_checks: float = 0.0, workflow: Workflow = triage) -> Workflow:
    """The triage workflow, or a variation of it, whose teams are graded."""
    assert workflow.escalation is not None
    grading = Grading(
        label="belonged_to", field="team", error=error, kinds=(MISSED, ASTRAY), missing=frozenset({"", "?"}),
        choices=("printer desk", "mail desk", "night"),
    )  # fmt: skip
    return replace(workflow, escalation=replace(workflow.escalation, grading=grading, spot_checks=spot_checks))


checked = followed(spot_checks=1.0)
"""Of which a reviewer decides every ticket once more that no human saw."""


def catalogue(workflow: Workflow | None = None) -> Catalogue:
    """A catalogue in which the triage workflow is that one, under two names."""
    made = workflow or followed()
    entry = Entry(lambda profile: made)
    return Catalogue({"triage": entry, "second": entry})


async def told(roundhouse: Roundhouse, folder: Path, *rows: str, name: str = "outcomes.csv", head: str = "") -> Told:
    """What comes of a file of outcomes with these rows."""
    path = folder / name
    path.write_text("\n".join([head or "id,belonged_to,happened_at", *rows]) + "\n")
    return await take_outcomes(roundhouse, catalogue().load, path)

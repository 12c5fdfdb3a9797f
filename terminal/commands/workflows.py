"""Commands on a workflow before anything runs: what is wrong with it, and how it looks."""

import sys
from typing import TYPE_CHECKING

import typer

from terminal.options import JsonFlag, ProfileOption, ShapeOption, WorkflowArgument, profile_in_full
from terminal.output import print_json, tell
from terminal.session import shipped_catalogue

if TYPE_CHECKING:
    from graphs.workflow import Workflow

commands = typer.Typer()


@commands.command()
def lint(
    workflow: WorkflowArgument, *, profile: ProfileOption = None, shape: ShapeOption = "hub", as_json: JsonFlag = False
) -> None:
    """Say what is wrong with a workflow, and what its shape costs, before anything runs."""
    from graphs.lint import lint as lint_workflow

    findings = lint_workflow(_shaped(workflow, profile, shape))
    if as_json:
        rows = [
            {
                "id": each.id,
                "severity": each.severity,
                "names": each.names,
                "problem": each.problem,
                "mend": each.mend,
            }
            for each in findings
        ]
        print_json(rows)
    elif not findings:
        tell("Nothing to mend.", style="green")
    for finding in [] if as_json else findings:
        style = "red" if finding.severity == "error" else "yellow"
        tell(f"{finding.severity}: {finding}", style=style)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@commands.command()
def draw(
    workflow: WorkflowArgument, *, profile: ProfileOption = None, shape: ShapeOption = "hub", as_json: JsonFlag = False
) -> None:
    """Draw a workflow as Mermaid text."""
    from graphs.draw import draw as draw_workflow

    drawing = draw_workflow(_shaped(workflow, profile, shape))
    print_json({"id": workflow, "mermaid": drawing}) if as_json else sys.stdout.write(drawing)


def _shaped(workflow: str, profile: str | None, shape: str) -> "Workflow":
    """The workflow of a name in a shape."""
    from graphs.shaped import shape_named, shaped

    return shaped(shipped_catalogue().load(workflow, profile_in_full(profile)), shape_named(shape))

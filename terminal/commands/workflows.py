"""Commands on a workflow before anything runs: what is wrong with it, and how it looks."""

import sys

import typer

from terminal.options import JsonFlag, ProfileOption, WorkflowArgument, profile_in_full
from terminal.output import print_json, tell
from terminal.session import shipped_catalogue

commands = typer.Typer()


@commands.command()
def lint(workflow: WorkflowArgument, *, profile: ProfileOption = None, as_json: JsonFlag = False) -> None:
    """Say what is wrong with a workflow before anything runs."""
    from graphs.lint import lint as lint_workflow

    findings = lint_workflow(shipped_catalogue().load(workflow, profile_in_full(profile)))
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
def draw(workflow: WorkflowArgument, *, profile: ProfileOption = None, as_json: JsonFlag = False) -> None:
    """Draw a workflow as Mermaid text."""
    from graphs.draw import draw as draw_workflow

    drawing = draw_workflow(shipped_catalogue().load(workflow, profile_in_full(profile)))
    print_json({"id": workflow, "mermaid": drawing}) if as_json else sys.stdout.write(drawing)

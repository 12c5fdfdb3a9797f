"""What ``roundhouse fit`` prints: what was fitted, and how good it is on the half that was held out."""

from rich.console import Group, RenderableType
from rich.text import Text

from agents.lead.fit import Fit
from terminal.tables import table


def fit_view(fitted: Fit) -> RenderableType:
    """The held-out figures of a fit."""
    cards, held_out = fitted.scorecards, fitted.scorecards.held_out
    rows = table("", "AUC", "Brier", "calibration error", title="On the half held out", right=("AUC", "Brier"))
    for name, figures in (
        ("analyst", held_out.analyst),
        ("researcher", held_out.researcher),
        ("fused", held_out.fused),
    ):
        rows.add_row(name, f"{figures.auc:.3f}", f"{figures.brier:.4f}", f"{figures.calibration_error:.4f}")
    lines = [
        f"Fitted on {cards.fitted_on} leads, measured on {held_out.leads} others, "
        f"of which {held_out.converted_share:.1%} converted.",
        f"Flagged {held_out.flagged_share:.1%}, put to a human {held_out.human_share:.1%} "
        f"(confidence under {cards.threshold:.3f}, or a conflict).",
        f"Written to {fitted.path}.",
    ]
    left_out = [f"Left out {len(fitted.left_out)} rows: {fitted.left_out[0]}"] if fitted.left_out else []
    return Group(rows, *(Text(line) for line in (*lines, *left_out)))

"""A certificate, and how its budget stands, for tests of what is shown of them."""

from datetime import UTC, datetime
from typing import Any

from state.budget import Budget, Share
from state.certificate import Certificate, Demand, ErrorBound, Reference
from state.graded import Agreement, Graded
from state.judgement import RIGHT


def certificate(**changes: Any) -> Certificate:
    """One of a thousand cases: at most 10% ask, at most 5.8% of the others are wrong."""
    given: dict[str, Any] = {
        "id": "c1",
        "workflow": "triage",
        "signature": "s",
        "issued_at": datetime(2026, 7, 1, tzinfo=UTC),
        "source": "tickets.csv",
        "data_digest": "d",
        "demand": Demand(human_budget=0.1),
        "cases": 1000,
        "automated": 910,
        "threshold": 0.4,
        "human_at_most": 0.1,
        "human_observed": 0.09,
        "errors": (ErrorBound(kind="wrong", observed=40, at_most=0.058),),
        "error_at_most": 0.058,
        "reference": Reference(edges=(), counts=(0, 500), quantiles=(0.0, 1.0)),
    }
    return Certificate(**(given | changes))


WITHDRAWN = {
    "status": "withdrawn",
    "ended_at": datetime(2026, 7, 9, tzinfo=UTC),
    "ended_because": "31% of 140 cases have asked a human, and at most 10% were promised",
}
"""What becomes of one after drift."""


def budget(**changes: Any) -> Budget:
    """One that stands: 7 of 100 have asked, 3 of the others were wrong, reviewers agreed in 4 of 5."""
    given: dict[str, Any] = {
        "workflow": "triage",
        "standing": "standing",
        "certificate": certificate(),
        "changes": (),
        "budget": 0.1,
        "asked": Share(7, 100, (0.02, 0.16)),
        "whole": (7, 100),
        "advice": "",
        "threshold": 0.4,
        "graded": Graded(asked={RIGHT: 7}, automated={RIGHT: 90, "wrong": 3}),
        "wrong": Share(3, 93, (0.007, 0.091)),
        "kinds": {"wrong": Share(3, 93, (0.007, 0.091))},
        "checks": Agreement(drawn=6, open=1, answered=5, agreed=4),
        "agreed": Share(4, 5, (0.284, 0.995)),
    }
    return Budget(**(given | changes))

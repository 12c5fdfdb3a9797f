import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import state
from state import errors
from state.artifact import Artifact
from state.audit import Deed, Head, chained
from state.case import Case
from state.certificate import Certificate, Demand, ErrorBound, Reference
from state.decision import Decision
from state.effect import EffectRow, Message, Parcel
from state.execution import Execution
from state.experiment import ExperimentRow
from state.judgement import Judgement, OutcomeRow, SpotCheck
from state.note import Note
from state.progress import (
    Answered,
    Approved,
    AttemptUsed,
    Carried,
    Closed,
    Event,
    Executed,
    Noted,
    Progress,
    Recorded,
    Rung,
)
from state.provenance import Evidence, Provenance
from state.record import Maker, Record
from state.review import Answer, Approve, Forward, Question, Reject, Step, WaitingTerms
from state.rule import RuleRow, Support
from state.schedule import ScheduleRow
from state.trial import Cell
from state.watch import Alarm, Sighting, Watch, Wealth
from tests.support.experiments import trial
from tests.support.run import NOW


def drawn() -> dict[str, str | None]:
    """Each error of the docstring's tree with the one that it hangs from."""
    above: list[str] = []
    tree: dict[str, str | None] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w+)", line):
            depth, name = len(found[1]) // 4, found[2]
            if depth or (not tree and name == "RoundhouseError"):
                tree[name] = above[depth - 1] if depth else None
                above[depth:] = [name]
    return tree


def written() -> dict[str, str | None]:
    """Each error class with its base."""
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]
    bases = {each.__name__: each.__bases__[0].__name__ for each in classes}
    return {name: None if base == "Exception" else base for name, base in bases.items()}


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    assert drawn() == written()


@pytest.mark.parametrize("name", sorted(written()))
def test_every_error_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(errors, name))


EXAMPLES: list[tuple[errors.RoundhouseError, dict[str, Any], str]] = [
    # every error with facts, the facts as attributes, and a piece of what it says
    (errors.UnknownWorkflow("x", ["lead"]), {"name": "x", "known": ("lead",)}, "Workflow 'x' is not known. Use one of"),
    (errors.UnknownWorkflow("a:b", [], "no module a"), {"name": "a:b"}, "Workflow 'a:b' is not known: no module a."),
    (errors.InvalidWorkflow("x", ["RH100 …"]), {"workflow": "x", "findings": ("RH100 …",)}, "RH100 …"),
    (errors.InvalidCase([("id", "too short")]), {"problems": (("id", "too short"),)}, "id: too short"),
    (
        errors.CaseForgotten("r", "ann", "noon"),
        {"name": "r", "by": "ann", "at": "noon"},
        "'r' was forgotten by 'ann' at noon: its data were removed.",
    ),
    (errors.ValueRefused("no\n text"), {"reason": "no text"}, "cannot keep a value: no text"),
    (errors.InvalidMetadataFilter("a'b"), {"key": "a'b"}, "Use letters, digits"),
    (
        errors.UnknownReview("r"),
        {"review": "r"},
        "Review 'r' does not exist, or begins several. 'roundhouse inbox' lists",
    ),
    (
        errors.AlreadyAnswered("r", "ann", "noon"),
        {"review": "r", "by": "ann", "at": "noon"},
        "answered by 'ann' at noon",
    ),
    (
        errors.ReviewClaimed("r", "ann", "noon"),
        {"review": "r", "by": "ann", "until": "noon"},
        "claimed by 'ann' until noon",
    ),
    (errors.StaleAnswer("q", [], ["A is at 2"]), {"changes": ("A is at 2",)}, "moved on: A is at 2. Open now: none."),
    (errors.StaleAnswer("q", ["p"]), {"question": "q", "open_questions": ("p",)}, "Open now: p."),
    (errors.StaleAnswer("q", []), {"open_questions": ()}, "Open now: none."),
    (errors.DatabaseLost("closed"), {"reason": "closed"}, "closed"),
    (errors.UnknownRun("r"), {"run": "r"}, "Run 'r' does not exist. 'roundhouse runs' lists them."),
    (errors.UnknownEffect("e"), {"effect": "e"}, "Effect 'e' does not exist"),
    (errors.RunExists("r"), {"run": "r"}, "Use another id, or resume it."),
    (errors.RunEnded("r", "completed"), {"run": "r", "status": "completed"}, "Run 'r' is completed. Only runs that"),
    (errors.RunBusy("r", "d", "noon"), {"run": "r", "driver": "d", "until": "noon"}, "Try again after that."),
    (errors.LeaseLost("r"), {"run": "r"}, "this one wrote nothing more"),
    (
        errors.SignatureChanged("r", "w", ["a is new"]),
        {"run": "r", "workflow": "w", "differences": ("a is new",)},
        ": a is new. Finish it with the version that it was started with, or 'roundhouse migrate r' lets it go on",
    ),
    (
        errors.InvalidAnswer("The edit does not fit.", [("level", "too high")]),
        {"problems": (("level", "too high"),)},
        "The edit does not fit.",
    ),
    (errors.UnusableModel("m", "no key."), {"model": "m"}, "Chat model 'm' cannot be used: no key."),
    (errors.ModelTrouble("rate_limit", "full", 2.0), {"kind": "rate_limit", "retry_after": 2.0}, "full"),
    (errors.ContractBroken("x", "why"), {"who": "x", "reason": "why"}, "x broke its contract: why"),
    (errors.Stuck(["A", "B"]), {"decisions": ("A", "B")}, "A, B. This is a defect of Roundhouse."),
]


@pytest.mark.parametrize(("error", "facts", "message"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_errors_carry_their_facts(error: errors.RoundhouseError, facts: dict[str, Any], message: str) -> None:
    assert {name: getattr(error, name) for name in facts} == facts
    assert message in str(error)


def test_every_error_with_facts_has_an_example() -> None:
    with_facts = {name for name in written() if "__init__" in vars(getattr(errors, name))}
    assert with_facts == {type(error).__name__ for error, _, _ in EXAMPLES}


MAKER = Maker(kind="human", name="ann")
NOTE = Note(kind="guidance", author="ann", text="mind the size – ünïcode", about_version=1, at=NOW)
EVIDENCE = Evidence(tool="lookup", asked='{"value":"x"}', text="[]", source="companies.csv, line 2")
PROVENANCE = Provenance(
    confidence_by="agreement", remarks=("cut",), evidence=(EVIDENCE,), conflict="second opinion", sides={"a": {"b": 1}}
)
RECORD = Record(
    decision="Score",
    version=2,
    outcome="decided",
    maker=MAKER,
    value={"probability": 0.1 + 0.2, "parts": [1, None, {"a": True}]},
    built_from={"Check": 3},
    notes_seen=1,
    made_at=NOW,
    provenance=PROVENANCE,
)
ANSWER = Answer(question="q", action="edit", by="ann", value={"probability": 0.2}, text="because")
RUNG = Rung(conflict="q", versions={"A": 1, "B": 2}, rung=1, action="vote", preferred="A", by="x, y", at=NOW)
EXECUTION = Execution(
    decision="Score",
    specialist="score",
    ready_at=NOW,
    started_at=NOW,
    ended_at=NOW,
    outcome="timeout",
    error="late",
    tool="lookup",
    cost=0.1,
)
EVENTS: list[Event] = [
    Recorded(record=RECORD),
    Noted(to="Score", note=NOTE),
    AttemptUsed(decision="Score"),
    RUNG,
    Answered(answer=ANSWER, stem="q", restores=("Score",), at=NOW),
    Approved(decision="Score", version=2),
    Carried(progress=Progress(closed="done").dump()),
    Closed(reason="spam"),
    Executed(execution=EXECUTION),
]
SERIES: dict[str, Any] = {
    "id": "0123456789abcdef",
    "workflow": "data-reporting",
    "case_id": "c",
    "case_data": {"id": "c"},
}
SERIES |= {"cron": "0 7 2 * *", "zone": "Europe/Vienna", "profile": None, "staff": {"*": "rules"}}
SERIES |= {"run": "r0", "last_run": "r1", "last_status": "completed"}
PAPER = Artifact(digest="0" * 64, name="paper.pdf", size=3)
MESSAGE = Message(to="north", subject="A lead", text="Call them.\nToday – ünïcode.", attachments=(PAPER,))
EFFECT: dict[str, Any] = {
    "id": "0123456789abcdef",
    "workflow": "leads",
    "run": "lead-1-a",
    "effect": "deliver:Update:default",
    "channel": "default",
    "corrects": None,
    "created_at": NOW,
}
CERTIFICATE = Certificate(
    id="c1",
    workflow="leads",
    signature="0123456789abcdef",
    issued_at=NOW,
    source="leads.csv",
    data_digest="0123456789abcdef",
    demand=Demand(human_budget=0.1),
    cases=400,
    automated=380,
    threshold=0.1 + 0.2,
    human_at_most=0.1,
    human_observed=0.05,
    errors=(ErrorBound(kind="wrong", observed=8, at_most=0.05),),
    error_at_most=0.05,
    reference=Reference(edges=(0.4,), counts=(0, 10, 190), quantiles=(0.1, 0.9)),
)
SUPPORT = Support(in_a_row=12, people=2, since=NOW, last_at=NOW, answers=14, agreed=13, questions_saved=12)
CERTIFIED = (
    CERTIFICATE,
    CERTIFICATE.demand,
    *CERTIFICATE.errors,
    CERTIFICATE.reference,
    Wealth(steps=3, stakes=(0.1, 0.2), total=1.3),
    Watch(cases=3, asked=1, counts=(0, 11, 192), lever=0.05),
    Sighting(run="r1", confidence=None, asked=True, toss=0.5),
    Alarm(subject="share", cases=603, wealth=120.5, reason="too many have asked"),
    Judgement(
        run="r1",
        workflow="leads",
        case_id="1",
        certificate="c1",
        threshold=0.3,
        confidence=0.2,
        asked=True,
        started_at=NOW,
        at=NOW,
    ),
    SpotCheck(run="r1", workflow="leads", case_id="1", status="open", drawn_at=NOW),
    OutcomeRow(workflow="leads", case_id="1", label={"converted": "yes"}, recorded_at=NOW, source="later.csv"),
    SUPPORT,
    RuleRow(
        id="0123456789abcdef",
        workflow="leads",
        conflict="territory",
        prefer="Assignment",
        support=SUPPORT,
        accepted_by="ann",
        accepted_at=NOW,
    ),
)

PERSISTED: list[BaseModel] = [
    Case(id="lead-1"),
    Decision(confidence=0.3, rationale="why"),
    MAKER,
    NOTE,
    EVIDENCE,
    PROVENANCE,
    RECORD,
    ANSWER,
    EXECUTION,
    Question(
        kind="conflict",
        names=("A", "B"),
        versions={"A": 1, "B": 2},
        notes=2,
        asked_before=1,
        conflict="q",
        suggestion="A",
        offers=("approve", "reject"),
        reason="they disagree",
    ),
    Progress(
        records={"Score": (RECORD,)},
        notes={"Score": (NOTE,)},
        attempts={"Score": 2},
        approvals={"Score": 2},
        rungs=(RUNG,),
        answers=(Answered(answer=ANSWER, stem="q", restores=("Score",), at=NOW),),
        executions=(EXECUTION,),
        closed="spam",
    ),
    *EVENTS,
    Approve(),
    Reject(reason="too late"),
    Forward(queue="managers"),
    Step(after=3600, then=Forward(queue="managers")),
    WaitingTerms(priority=2, steps=(Step(after=60, then=Approve()), Step(after=90, then=Reject())), reminders=(0, 30)),
    MESSAGE,
    Parcel(**EFFECT, case="lead-1", content={"a": 1}, message=MESSAGE),
    EffectRow(
        **EFFECT,
        case_id="lead-1",
        status="pending",
        payload={"a": 1},
        message=MESSAGE,
        attempts=2,
        next_attempt_at=NOW,
        delivered_at=None,
        error="refused",
        receipt=None,
    ),
    PAPER,
    ScheduleRow(**SERIES, next_at=NOW, last_at=NOW, changed_at=NOW, changed_by="ann", status="active", error=None),
    Cell(shape="mesh", agents=4, overlap=0.1 + 0.2, fault_rate=0.02),
    trial(Cell(shape="hub", agents=4), 3),
    *CERTIFIED,
    ExperimentRow(id="0123456789abcdef", name="sizes", content={"agents": [2]}, total=9, created_at=NOW),
    *chained(Head(), [Deed(NOW, "human", "ann", "approved", "Score", None, {"version": 1})])[1],
]


@pytest.mark.parametrize("kept", PERSISTED, ids=lambda kept: type(kept).__name__)
def test_every_persisted_type_survives_json(kept: BaseModel) -> None:
    plain = json.loads(json.dumps(kept.model_dump(mode="json")))
    plain.pop("key", None)
    assert type(kept).model_validate(plain) == kept
    assert type(kept).model_validate_json(kept.model_dump_json(exclude={"key"})) == kept


@pytest.mark.parametrize("kept", PERSISTED, ids=lambda kept: type(kept).__name__)
def test_every_persisted_type_is_frozen(kept: BaseModel) -> None:
    assert kept.model_config.get("frozen")


def test_every_event_is_among_the_persisted_types() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(get_args(Event)[0]))


SHOWN = frozenset({"run", "summary", "figures", "batch", "workers", "limit"})
"""The modules whose models are read from the tables to be shown, and kept nowhere."""


def models() -> Iterator[type[BaseModel]]:
    """The pydantic models of the modules right in ``state``."""
    for module in pkgutil.iter_modules(state.__path__):
        if not module.ispkg and module.name not in SHOWN:
            members = vars(importlib.import_module(f"state.{module.name}")).values()
            found = (each for each in members if inspect.isclass(each) and issubclass(each, BaseModel))
            yield from (each for each in found if each.__module__.removeprefix("state.") not in SHOWN)


def test_every_model_of_the_state_is_among_the_persisted_types() -> None:
    ours = {model for model in models() if model.__module__.startswith("state.")}
    assert ours <= {type(kept) for kept in PERSISTED}


def test_no_choice_is_an_enum_that_json_would_lose() -> None:
    kinds = {field.annotation for model in models() for field in model.model_fields.values()}
    assert not [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, Enum)]

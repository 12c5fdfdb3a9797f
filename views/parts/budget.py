"""How the budget for human attention of a workflow stands: its certificate, what was used, what is known of errors."""

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from state.budget import Budget, Share
from state.certificate import Certificate
from state.statement import at_most, statement
from views.parts.text import escaped

_ICONS = {
    "standing": ":green[:material/verified:]",
    "withdrawn": ":red[:material/gpp_bad:]",
    "other version": ":orange[:material/gpp_maybe:]",
    "none": ":gray[:material/shield_question:]",
}


_COLOURS: Mapping[str, Literal["green", "red", "off"]] = {
    "kept": "green",
    "over": "red",
    "not over": "off",
    "unknown": "off",
}

_SAID = {"kept": "within", "not over": "not over", "over": "over"}


def attention(budgets: Sequence[Budget]) -> None:
    """The section; nothing where no workflow declares a budget or ever had a certificate."""
    declared = [found for found in budgets if found.budget is not None or found.certificate is not None]
    if declared:
        st.subheader("Human attention", anchor=False)
    for found in declared:
        _budget(found, "named" if len(budgets) > 1 else "alone")


def _budget(found: Budget, among: Literal["named", "alone"]) -> None:
    with st.container(border=True):
        if among == "named":
            st.markdown(f"**{escaped(found.workflow)}**")
        st.markdown(f"{_ICONS[found.standing]} {escaped(found.standing_words)}")
        if found.certificate is not None and found.standing in ("standing", "withdrawn"):
            _statement(found.certificate)
        _figures(found)
        if found.checks.open:
            st.page_link(
                "views/inbox.py", label=f"{found.checks.open:,} spot checks wait", icon=":material/fact_check:"
            )


def _statement(certificate: Certificate) -> None:
    """What was promised; struck out where that holds no more."""
    words = escaped(statement(certificate))
    st.markdown(words if certificate.is_standing else f"~~{words}~~")
    st.caption(
        f"Made of {certificate.cases:,} labelled cases ({escaped(certificate.source)}), "
        f"{certificate.issued_at:%Y-%m-%d %H:%M} UTC."
    )


def _figures(found: Budget) -> None:
    with st.container(horizontal=True):
        st.metric(
            f"Asked {found.whose}",
            _share(found.asked),
            _against_budget(found),
            delta_color=_COLOURS[found.kept],
            delta_arrow="off",
            help=f"{found.asked.count:,} of {found.asked.of:,}{_whole(found)}. The interval holds with 95 %, however "
            "often you look.",
            border=True,
        )
        if found.threshold is not None:
            st.metric(
                "Threshold",
                f"{found.threshold:.3f}",
                f"certified: {found.certificate.threshold:.3f}" if found.is_moved and found.certificate else None,
                delta_color="off",
                delta_arrow="off",
                help="Less sure than that asks a human.",
                border=True,
            )
        if found.wrong.of:
            bounds = {each.kind: each.at_most for each in found.certificate.errors} if found.certificate else {}
            bound = found.certificate.error_at_most if found.certificate else None
            _errors(found, "Wrong, of those nobody saw", found.wrong, bound)
            for kind, share in found.kinds.items() if len(bounds) > 1 else ():
                _errors(found, kind.capitalize(), share, bounds.get(kind))
        if found.checks.answered:
            st.metric(
                "Reviewers agreed",
                _share(found.agreed),
                help=f"{_of(found.agreed)} spot checks. Agreement is not the absence of error.",
                border=True,
            )


def _against_budget(found: Budget) -> str | None:
    """Where the share lies, and what it is held against."""
    low, high = found.asked.within
    words = [f"{low:.1%} to {high:.1%}"] if found.asked.of else []
    words += [] if found.budget is None or found.kept == "unknown" else [f"{_SAID[found.kept]} {found.budget:.1%}"]
    return " · ".join(words) or None


def _errors(found: Budget, name: str, share: Share, bound: float | None) -> None:
    """A share of errors, with what it is held against, also once that is no promise any more."""
    is_over = found.standing == "standing" and bound is not None and share.within[0] > bound
    promised = None
    if bound is not None and found.standing in ("standing", "withdrawn"):
        promised = f"{'promised' if found.standing == 'standing' else 'was promised'}: at most {at_most(bound)}"
    st.metric(
        name,
        _share(share),
        promised,
        delta_color="red" if is_over else "off",
        delta_arrow="off",
        help=f"{_of(share)}, by outcomes.",
        border=True,
    )


def _whole(found: Budget) -> str:
    """The count from the beginning, where the share is not."""
    if found.standing != "withdrawn" or found.whole is None:
        return ""
    asked, cases = found.whole
    return f"; {asked:,} of {cases:,} since the certificate was issued"


def _share(share: Share) -> str:
    return "–" if share.share is None else f"{share.share:.1%}"


def _of(share: Share) -> str:
    low, high = share.within
    return f"{share.count:,} of {share.of:,}, between {low:.1%} and {high:.1%} of all such" if share.of else "None yet"

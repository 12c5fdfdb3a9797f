"""How the budget for human attention of a workflow stands: its certificate, what was used, what is known of errors."""

from collections.abc import Sequence
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
        whose = "since the certificate" if found.standing in ("standing", "withdrawn") else "in this period"
        st.metric(
            f"Asked, {whose}",
            _share(found.asked),
            _against_budget(found),
            delta_color="green" if found.is_kept else "red",
            delta_arrow="off",
            help=f"{found.asked.count:,} of {found.asked.of:,}. The interval holds however often you look.",
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
            help_ = "; ".join(f"{kind}: {_share(share)}" for kind, share in found.kinds.items())
            st.metric(
                "Wrong, of those nobody saw",
                _share(found.wrong),
                _promised(found),
                delta_color="off",
                delta_arrow="off",
                help=f"{_of(found.wrong)}, by outcomes. {help_}",
                border=True,
            )
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
    words += [] if found.budget is None else [f"{'within' if found.is_kept else 'over'} {found.budget:.1%}"]
    return " · ".join(words) or None


def _promised(found: Budget) -> str | None:
    """What the errors are held against, also once that is no promise any more."""
    bound = found.certificate.error_at_most if found.certificate is not None else None
    if bound is None or found.standing not in ("standing", "withdrawn"):
        return None
    return f"{'promised' if found.standing == 'standing' else 'was promised'}: at most {at_most(bound)}"


def _share(share: Share) -> str:
    return "–" if share.share is None else f"{share.share:.1%}"


def _of(share: Share) -> str:
    low, high = share.within
    return f"{share.count:,} of {share.of:,}, between {low:.1%} and {high:.1%} of all such" if share.of else "None yet"

"""The person at the screen: who they have logged in as, or the name that they gave."""

import streamlit as st

from state.plain import unkeepable
from views.parts.remembered import remembered
from views.parts.text import escaped

NAME = "person"
"""Where a session keeps the name."""

FORGET = "person-forget"
"""Where a session keeps that the browser is to forget it."""

LONGEST = 200
"""How many characters a name has at the most."""


def login_is_configured() -> bool:
    """Whether reviewers log in with OpenID Connect: there is a section ``auth`` in Streamlit's secrets."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def require_login() -> None:
    """Where login is configured, show nothing to somebody who has not logged in."""
    if not login_is_configured() or st.user.is_logged_in:
        return
    st.title("Roundhouse")
    st.write("Log in to see runs and to answer questions. Answers carry your name.")
    if st.button("Log in", type="primary", icon=":material/login:"):
        st.login()
    st.stop()


def person() -> str | None:
    """Who answers; None where nobody has said so yet."""
    if login_is_configured():
        return _logged_in()
    return st.session_state.get(NAME)


def who() -> None:
    """Who answers, at the end of a page, and how to change that."""
    name = person()
    if not login_is_configured():
        name = _remembered(name)
    if name is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/person: You answer as **{escaped(name)}**.")
        if login_is_configured():
            st.button("Log out", on_click=st.logout, type="tertiary", key="log-out")
        else:
            st.button("Somebody else", on_click=_forget, type="tertiary", key="somebody-else")


def ask_name(why: str) -> None:
    """Ask for the name, once; what needs one comes after it."""
    with st.form("who", border=True):
        st.markdown(why)
        given = st.text_input("Your name", max_chars=LONGEST, key="given-name", placeholder="as answers will carry it")
        if st.form_submit_button("Go on", type="primary", shortcut="Ctrl+Enter"):
            _keep(given)


def _keep(given: str) -> None:
    name = given.strip()
    unkept = unkeepable(name)
    if not name:
        st.error("Give a name; answers carry it, and the audit trail keeps it.")
    elif unkept is not None:
        st.error(escaped(f"The name {unkept}."))
    else:
        st.session_state[NAME] = name
        st.session_state.pop(FORGET, None)
        st.rerun()


def _remembered(name: str | None) -> str | None:
    """The name, kept by the browser; where nobody has given one yet, the one that it kept."""
    kept = remembered(name, forget=FORGET in st.session_state)
    if name is None and kept is not None and FORGET not in st.session_state and unkeepable(kept) is None:
        st.session_state[NAME] = kept[:LONGEST]
        st.rerun()
    return name


def _forget() -> None:
    st.session_state.pop(NAME, None)
    st.session_state[FORGET] = True


def _logged_in() -> str:
    """The name of who is logged in: a verified address, which tells two people of one name apart, or else the rest.

    An address that the provider calls unverified is one that anybody may have claimed.
    """
    is_verified = st.user.get("email_verified", True) in (True, "true")
    claims = [*(["email"] if is_verified else []), "preferred_username", "name", "sub"]
    named = (st.user.get(claim) for claim in claims)
    return str(next((name for name in named if name), "somebody"))[:LONGEST]

"""Start: one case by a form, or a file of cases with a look at it before anything runs."""

from pathlib import Path

import streamlit as st

from runtime.batch import Selection
from runtime.desk.desk import Desk
from runtime.desk.preview import LOOKED_AT, Preview
from state.case import headings
from state.errors import InvalidCase, UsageError
from state.form import fields_of, filled
from state.staffing import Staffing
from views.parts.desk import desk, told
from views.parts.form import forget_wrong, form_fields, say_wrong
from views.parts.panel import show, table
from views.parts.progress import batches, jobs
from views.parts.seats import chosen_staffing
from views.parts.text import escaped

ONE, FILE = "One case", "A file of cases"


def page() -> None:
    """The page."""
    here = desk()
    st.title("Start", anchor=False)
    above = st.container()
    workflow, profile = _what(here)
    how = st.segmented_control("What", [ONE, FILE], default=FILE, label_visibility="collapsed", key="start-how")
    with told():
        staffing = chosen_staffing(here, workflow, profile)
        if how == ONE:
            _one(here, workflow, profile, staffing)
        else:
            _file(here, workflow, profile, staffing)
    with told():
        batches(here)
    # last, since what is looked at again by itself while a page changes breaks the next page
    with above:
        jobs(here)


def _what(here: Desk) -> tuple[str, str | None]:
    """Which workflow, and with which profile."""
    with st.container(horizontal=True):
        workflow = st.selectbox("Workflow", here.workflows(), key="start-workflow", width=320)
        profiles = list(here.profiles(workflow))
        if not profiles:
            return workflow, None
        default = profiles.index("sample") if "sample" in profiles else 0
        about = "What the cases look like and what is declared about them. Yours: ROUNDHOUSE_PROFILES"
        profile = st.selectbox("Profile", profiles, index=default, key="start-profile", help=about, width=240)
    return workflow, profile


def _one(here: Desk, workflow: str, profile: str | None, staffing: Staffing | None) -> None:
    """A form made from the case's contract."""
    contract = here.workflow(workflow, profile).case
    fields, key = fields_of(contract), f"start-{workflow}-{profile}"
    with st.form(key):
        given = form_fields(key, fields, {})
        submitted = st.form_submit_button("Start the run", type="primary", shortcut="Ctrl+Enter")
    if submitted:
        forget_wrong()
        values, wrong = filled(fields, given)
        if wrong:
            say_wrong(key, wrong)
        try:
            with st.spinner("The specialists are at it …"):
                run = here.start(workflow, profile, values, staffing)
        except InvalidCase as invalid:
            named = {heading: name for name, heading in headings(contract).items()}
            say_wrong(key, {named.get(field, field): why for field, why in invalid.problems})
        else:
            st.switch_page("views/runs.py", query_params={"run": run.id})


def _file(here: Desk, workflow: str, profile: str | None, staffing: Staffing | None) -> None:
    """The sample, or a file of the user's own."""
    path = _uploaded(here) or _sample(here, workflow, profile)
    if path is None:
        return
    try:
        with st.spinner("Looking at the file …"):
            found = here.preview(workflow, profile, path)
    except UsageError as unread:
        st.error(escaped(str(unread)), icon=":material/error:")
        return
    _preview(path, found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        limit = st.number_input("Only the first", min_value=1, value=None, placeholder="all", width=160, key="limit")
        if st.button("Run", type="primary", icon=":material/play_arrow:", key="run-file", disabled=not found.good):
            here.run_file(workflow, profile, path, Selection(limit=int(limit) if limit else None), staffing)
            st.rerun()


def _uploaded(here: Desk) -> Path | None:
    about = "CSV or JSONL, either also gzipped. It is kept while this app runs, and read here only."
    file = st.file_uploader(
        "Your own file", type=["csv", "tsv", "txt", "jsonl", "ndjson", "gz"], help=about, key="start-file"
    )
    return None if file is None else here.upload(file.name, file.getvalue())


def _sample(here: Desk, workflow: str, profile: str | None) -> Path | None:
    """The file that goes with the profile; where it is not here, where to get it."""
    try:
        sample = here.sample(workflow, profile)
    except UsageError as missing:
        st.info(escaped(str(missing)))
        return None
    if sample is not None:
        st.markdown(f"or the cases that come with **{escaped(profile)}**, {escaped(sample.name)}:")
    return sample


def _preview(path: Path, found: Preview) -> None:
    rows = f"{found.rows} rows" if found.is_whole else f"The first {LOOKED_AT} rows"
    bad = f"**{found.bad} would be quarantined**" if found.bad else "none would be quarantined"
    st.markdown(f"{rows} of {escaped(path.name)}: **{found.good} are cases**, {bad}.")
    if found.problems:
        with st.container(border=True):
            told_of = [(each.line, each.field, each.reason, each.text) for each in found.problems]
            show(
                '<div class="rh-title">Would be quarantined</div>', table(("line", "field", "reason", "value"), told_of)
            )
    if found.cases:
        with st.expander("The first cases"):
            st.dataframe(list(found.cases), hide_index=True, height=260, placeholder="")


page()

"""The name that a browser remembers, so that it is asked for once and not after every reload."""

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_JS = """
export default function(component) {
  const { data, setStateValue } = component, key = "roundhouse-name";
  try {
    if (data.forget) localStorage.removeItem(key);
    else if (data.name) localStorage.setItem(key, data.name);
    else {
      const kept = localStorage.getItem(key);
      if (kept) setStateValue("name", kept);
    }
  } catch (refused) { /* a browser that keeps nothing is asked again */ }
}
"""
"""Reads and writes the name in the browser's storage for this address."""


@st.cache_resource
def _component() -> ComponentRenderer:
    return st.components.v2.component("roundhouse_name", js=_JS)


def remembered(name: str | None, *, forget: bool = False) -> str | None:
    """Have the browser remember a name, or forget it; the name that it remembers, where it is given none."""
    found = _component()(
        key="remembered-name", data={"name": name, "forget": forget}, on_name_change=lambda: None, height="content"
    )
    kept = found.get("name")
    return kept if isinstance(kept, str) and kept.strip() else None

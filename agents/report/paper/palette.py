"""The palette: the few colours of a report, by what they are for, in light and in dark surroundings."""

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "panel": "#f6f7f9",
    "ink": "#1b2127",
    "quiet": "#59636e",
    "rule": "#dde1e6",
    "course": "#1f5f99",
    "trend": "#b8560f",
    "rise": "#1f5f9a",
    "fall": "#b8560e",
    "axis": "#8b949e",
}
"""In print and by day. No two are the same, so that a drawn colour tells what it is for."""

DARK: Mapping[str, str] = {
    "paper": "#14181c",
    "panel": "#1c2126",
    "ink": "#e7eaed",
    "quiet": "#a3adb8",
    "rule": "#343b43",
    "course": "#74b0e8",
    "trend": "#eba066",
    "rise": "#74b0e9",
    "fall": "#eba067",
    "axis": "#7d8793",
}
"""Where a reader's machine is set to dark."""

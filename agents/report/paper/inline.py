"""The inline drawing: a chart as a part of a page, coloured by the page and without anything that needs an id."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring, tostring

from agents.report.paper.palette import LIGHT

_SVG = "{http://www.w3.org/2000/svg}"
_NAMES = {colour: name for name, colour in LIGHT.items()}
_COLOUR = re.compile("|".join(LIGHT.values()))
_KEPT = ("stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-width", "stroke", "fill", "text-anchor")
"""The properties that a chart uses; its fonts are the page's."""


class Styles:
    """The classes of a page's drawings, so that no element needs a style of its own and one digest covers all."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name_of(self, style: str) -> str:
        """The class that stands for a style."""
        return self._names.setdefault(style, f"d{len(self._names)}")

    @property
    def css(self) -> str:
        """The rules of all classes."""
        return "\n".join(f".{name} {{ {style} }}" for style, name in self._names.items())

    def inline(self, svg: str, shape: str) -> str:
        """A chart of ``chart`` as markup; ``shape`` is the class of the whole."""
        # it was drawn here: there is nothing in it that a stranger wrote
        drawn = fromstring(svg)  # noqa: S314
        whole = Element("svg", {"viewBox": drawn.attrib["viewBox"], "class": shape, "aria-hidden": "true"})
        if shape == "bars":
            whole.set("preserveAspectRatio", "none")
            whole.set("height", drawn.attrib["viewBox"].split()[3])
        whole.extend(self._shapes(drawn))
        return tostring(whole, encoding="unicode")

    def _shapes(self, drawn: Element) -> Iterator[Element]:
        for found in drawn.iter():
            if found.tag in (f"{_SVG}path", f"{_SVG}text") and "style" in found.attrib:
                yield self._shape(found)

    def _shape(self, found: Element) -> Element:
        given = {"class": self.name_of(_styled(found.attrib["style"]))}
        for name in ("d", "x", "y"):
            if name in found.attrib:
                given[name] = " ".join(found.attrib[name].split())
        shape = Element(found.tag.removeprefix(_SVG), given)
        shape.text = found.text
        return shape


def _styled(style: str) -> str:
    """A style in the page's own colours."""
    declared = dict(part.split(": ", 1) for part in style.split("; ") if ": " in part)
    kept = {name: value for name, value in declared.items() if name in _KEPT}
    return "; ".join(f"{name}: {_COLOUR.sub(_variable, value)}" for name, value in kept.items())


def _variable(colour: re.Match[str]) -> str:
    return f"var(--{_NAMES[colour[0]]})"

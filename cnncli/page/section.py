"""What a part of a page is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from .elements import Content, element, scrolling


@dataclass(frozen=True)
class Section:
    """A part of a page.

    name: its address on the page; assets/NAME.js, if it is there, moves it. body: what stands in
    it. data: what its script gets, as JSON. figures: the drawings that `--figures` writes, by the
    names of their files without an ending; they are those of the body. scripts: of assets, those
    that several parts share.
    """

    name: str
    title: str
    body: Sequence[Content]
    data: Any = None
    figures: Mapping[str, Element] = field(default_factory=dict)
    scripts: Sequence[str] = ()

    @classmethod
    def absent(cls, name: str, title: str, reason: str) -> "Section":
        """One that says why there is nothing to see."""
        return cls(name, title, [element("p", reason, class_="absent")])

    @property
    def markup(self) -> Element:
        """The part as it stands on the page."""
        heading = element("h2", self.title, id=f"{self.name}-title")
        return element(
            "section", heading, *self.body, id=self.name, aria_labelledby=f"{self.name}-title"
        )


def figure(drawing: Element, caption: str, **attributes: object) -> Element:
    """A drawing with what is to be said of it under it; it scrolls where it is too wide."""
    frame = scrolling(drawing, drawing.get("aria-label", ""))
    return element("figure", frame, element("figcaption", caption), **attributes)

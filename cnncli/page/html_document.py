"""A page put together: its parts in their order, one script, one style, and no way out."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from xml.etree.ElementTree import Element

from cnncli.bounds import MAX_LIVE_PAGE, MAX_PAGE
from cnncli.text import printable
from cnncli.version import __version__

from .assets import asset
from .elements import element, html
from .section import Section
from .sections.columns import columns
from .sections.confusion import confusion
from .sections.convolution import convolution
from .sections.cost import cost
from .sections.curves import curves
from .sections.filters import filters
from .sections.headline import headline
from .sections.health import health
from .sections.live import live
from .sections.mistakes import mistakes
from .sections.network import network
from .sections.origin import origin
from .sections.pooling import pooling
from .subject import Subject

SECTIONS: tuple[Callable[[Subject], Section], ...] = (
    headline,
    curves,
    network,
    columns,
    filters,
    convolution,
    pooling,
    confusion,
    mistakes,
    health,
    cost,
    live,
    origin,
)  # fmt: skip
"""Of a report, in the order in which they are read."""
GENERATOR = f"cnncli {__version__}"
_MARK = '<meta name="generator" content="cnncli '
_AROUND_MAPS = 150_000
"""Bytes of the columns but for their maps: the drawing, scores, names, their script."""
HEAD = 1_024
"""Characters from the beginning in which the mark stands."""


@dataclass(frozen=True)
class Document:
    """A page: its title, and its parts. reload: seconds after which it reads itself anew."""

    title: str
    sections: Sequence[Section]
    album: Sequence[dict[str, object]] = ()
    reload: int | None = None

    @classmethod
    def of(cls, subject: Subject) -> "Document":
        """The report of a run, or of a configuration.

        The maps of the columns take the room that all other parts leave.
        """
        _ = subject.journey  # its pictures are the first ones of the album
        made = {part: part(subject) for part in SECTIONS if part is not columns}
        pictures = [picture._asdict() for picture in subject.album.pictures]
        most = MAX_LIVE_PAGE if subject.is_live else MAX_PAGE
        others = cls(subject.name, [*made.values()], pictures)
        made[columns] = columns(subject, most - _AROUND_MAPS - len(others.text.encode()))
        return cls(subject.name, [made[part] for part in SECTIONS], pictures)

    @classmethod
    def under_way(cls, subject: Subject, reload: int | None) -> "Document":
        """What is known of a run before it has ended: quickly made, without its network."""
        return cls(subject.name, [headline(subject), curves(subject)], reload=reload)

    @classmethod
    def demo(cls) -> "Document":
        """What a convolution and a pooling do, without a run."""
        return cls("Convolution and pooling, step by step", [convolution(), pooling()])

    @property
    def text(self) -> str:
        """The whole page as HTML."""
        title = escape(printable(self.title))
        policy = (
            f"default-src 'none'; script-src {_hash(self.script)}; style-src {_hash(self.style)}; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        refresh = f'<meta http-equiv="refresh" content="{self.reload}">' if self.reload else ""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'{_MARK}{__version__}">{refresh}'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>{self.style}</style></head>\n<body>"
            f"{html(self._header)}{html(self._main)}{html(self._footer)}"
            f'<script type="application/json" id="data">{self.data}</script>'
            f"<script>{self.script}</script></body></html>\n"
        )

    @cached_property
    def script(self) -> str:
        """Of the parts that are there."""
        shared = dict.fromkeys(name for each in self.sections for name in each.scripts)
        return join_scripts(shared, (f"{each.name}.js" for each in self.sections))

    @cached_property
    def style(self) -> str:
        """Of the page, of the figures, and of the parts."""
        parts = [asset("figure.css"), asset("page.css")]
        return "\n".join([*parts, *(asset(f"{each.name}.css") for each in self.sections)])

    @property
    def data(self) -> str:
        """What the scripts get, as JSON that no parser of HTML takes for its end.

        All numbers are finite: a browser reads no others.
        """
        sections = {each.name: each.data for each in self.sections if each.data is not None}
        values = {"sections": sections, "album": self.album}
        return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")

    def figures(self) -> Iterator[tuple[str, Element, str]]:
        """The drawings of all parts: the names of their files, and the styles of their parts."""
        for each in self.sections:
            style = asset("figure.css") + asset(f"{each.name}.css")
            yield from ((name, drawing, style) for name, drawing in each.figures.items())

    @property
    def _header(self) -> Element:
        links = [
            element("li", element("a", each.title, href=f"#{each.name}")) for each in self.sections
        ]
        contents = element("nav", element("ul", *links), aria_label="Contents")
        return element("header", element("h1", self.title), contents)

    @property
    def _main(self) -> Element:
        return element("main", *(each.markup for each in self.sections))

    @property
    def _footer(self) -> Element:
        return element("footer", element("p", f"Made by {GENERATOR}.", class_="note"))


def join_scripts(shared: Iterable[str], own: Iterable[str]) -> str:
    """What all parts use, and what some of them do; then each part's own, whose names are its own.

    shared, own: names of assets; those that are not there are left out.
    """
    common = map(asset, ("page.js", *shared))
    blocks = (f"{{\n{part}}}\n" for part in map(asset, own) if part)
    return f'(() => {{\n"use strict";\n{"".join((*common, *blocks))}start();\n}})();\n'


def is_ours(text: str) -> bool:
    """Whether a file that begins so is a page of ours, which may be replaced."""
    return _MARK in text[:HEAD]


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

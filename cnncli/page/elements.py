"""Elements of HTML and SVG. What others named is text in them, and never markup."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from cnncli.text import printable

SVG = "http://www.w3.org/2000/svg"

Content = Element | str | None


def element(tag: str, *children: Content, **attributes: object) -> Element:
    """An element with what stands in it: elements and texts; None is left out.

    Attributes are written with `_` for `-`, and a last `_` where the word is Python's: `class_`,
    `stroke_width`. One that is None or False is left out, True is written without a value.
    """
    found = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            found.set(name.rstrip("_").replace("_", "-"), "" if value is True else _text(value))
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            text = _text(child)
            if last is None:
                found.text = (found.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif child is not None:
            found.append(child)
            last = child
    return found


def drawing(width: float, height: float, title: str, *children: Content, **more: object) -> Element:
    """An SVG of so many units; title: what a screen reader says of it."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        aria_label=title,
        **more,
    )


def scrolling(content: Element, label: str, kind: str = "") -> Element:
    """What scrolls where it is too wide, by keys too; label: what a screen reader says of it."""
    return element("div", content, class_=f"scroll {kind}".rstrip(), tabindex="0", role="group",
                   aria_label=label)  # fmt: skip


def shortened(text: str, most: int) -> str:
    """A text as it is, or its beginning, of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def html(root: Element) -> str:
    """As HTML; the texts of script and style stand as they are."""
    return ElementTree.tostring(root, encoding="unicode", method="html")


def svg_file(root: Element, style: str) -> str:
    """A drawing as a file of its own, with its title and the style that it has on the page.

    On the page it has no title, which browsers would show over all that it tells.
    """
    alone = Element("svg", {"xmlns": SVG, **root.attrib})
    title = Element("title")
    title.text = root.get("aria-label")
    alone.append(title)
    sheet = Element("style")
    sheet.text = style
    alone.append(sheet)
    alone.extend(root)
    return ElementTree.tostring(alone, encoding="unicode") + "\n"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "\n".join(map(printable, str(value).split("\n")))

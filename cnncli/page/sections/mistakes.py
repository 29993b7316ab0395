"""Images that the network is most wrong about, least sure of, and best at."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from cnncli.page.elements import element
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.text import count, short

_NAME, _TITLE = "mistakes", "Mistakes and successes"
_SIDE = 72
"""Pixels on the page."""
_LETTERS = 24


def mistakes(subject: Subject) -> Section:
    """Its pictures come from the album."""
    if subject.judgement is None:
        return Section.absent(_NAME, _TITLE, subject.without_images)
    chosen = subject.selection
    subject.keep_pictures()
    wrong = sum(len(chosen.cells[cell]) for cell in chosen.confusions)
    first, all_ = len(chosen.best), count(len(subject.classes), "class", "classes")
    body = [
        *_gallery(subject, chosen.worst, "The worst mistakes",
                  f"The {len(chosen.worst)} of {count(wrong, 'mistake')} that the network is "
                  "surest of. Often their label is in doubt, or they look like nothing in the "
                  "training set.",
                  "No test image is taken for another class."),
        *_gallery(subject, chosen.unsure, "Least sure",
                  "The highest score of these has the smallest probability: the network can hardly "
                  "decide. Right answers among them are luck.",
                  ""),
        *_gallery(subject, chosen.best, "The best of each class",
                  f"The surest right answer of {first} of {all_}: what the network holds to be "
                  "typical.",
                  "No test image is recognised."),
    ]  # fmt: skip
    return Section(_NAME, _TITLE, body, {})


def _gallery(
    subject: Subject, places: Sequence[int], title: str, says: str, nothing: str
) -> Iterator[Element]:
    yield element("h3", title)
    yield element("p", says if places else nothing)
    if places:
        yield element("div", *(_picture(subject, place) for place in places), class_="row")


def _picture(subject: Subject, place: int) -> Element:
    """An image with its classes; the page's script fills it in from the album."""
    answer, number = subject.answer(place), subject.album.number(place)
    true, predicted = short(answer.true, _LETTERS), short(answer.predicted, _LETTERS)
    is_right = answer.true == answer.predicted
    says = f"{predicted} ({answer.probability:.3f})"
    truth = "✓ right" if is_right else f"✗ is {true}"
    name = short(subject.label(place), 60)
    if number is None:
        shown = element("p", "not kept", class_="note")
    else:
        volume = subject.album.pictures[number]
        scale = _SIDE / max(volume.width, volume.height)
        shown = element("img", data_picture=number, width=round(scale * volume.width),
                        height=round(scale * volume.height),
                        alt=f"image {name}: true {true}, predicted {predicted}")  # fmt: skip
    return element(
        "figure", shown,
        element("figcaption", element("strong", says), element("br"), truth, element("br"),
                element("span", name, class_="name")),
        class_="shot",
    )  # fmt: skip

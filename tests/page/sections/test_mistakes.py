"""The galleries: which images they show, and what stands under them."""

import re

import numpy as np
import pytest

import cnncli
from cnncli.page.markup import html
from cnncli.page.sections.mistakes import mistakes
from cnncli.page.selection import Selection
from cnncli.page.subject import Subject


@pytest.mark.parametrize("classes", [2, 10, 30])
def test_they_are_chosen_as_numpy_would(judged, classes):
    subject = judged(classes, 500)
    answers, names = subject.judgement.answers, subject.classes
    chosen = Selection(answers, names)
    share = np.array([each.probability for each in answers])
    right = np.array([each.true == each.predicted for each in answers])
    assert chosen.unsure == list(np.argsort(share, kind="stable")[:8])
    surest = np.argsort(-share, kind="stable")
    assert chosen.worst == [i for i in surest if not right[i]][:8]
    best = [
        next(i for i in surest if right[i] and answers[i].true == name) for name in names
    ]  # fmt: skip
    assert chosen.best == best[:10]


def test_each_picture_says_what_it_is(judged):
    subject = judged(10, 300)
    section = mistakes(subject)
    chosen = Selection(subject.judgement.answers, subject.classes)
    shots = [each for each in section.markup.iter("figure") if each.get("class") == "shot"]
    places = [*chosen.worst, *chosen.unsure, *chosen.best]
    assert len(shots) == len(places) == 26
    for shot, place in zip(shots, places, strict=True):
        image, caption = shot
        answer, picture = (
            subject.answer(place),
            subject.album.pictures[int(image.get("data-picture"))],
        )
        assert picture.name == str(place)
        text = "|".join(caption.itertext())
        truth = "✓ right" if answer.true == answer.predicted else f"✗ is {answer.true}"
        assert text == f"{answer.predicted} ({answer.probability:.3f})|{truth}|{place}"
        assert (image.get("width"), image.get("height")) == ("48", "72")


def test_what_the_album_has_no_room_for_is_said(judged):
    subject = judged(10, 300)
    chosen = Selection(subject.judgement.answers, subject.classes)
    others = [i for i in range(300) if i not in {*chosen.worst, *chosen.unsure, *chosen.best}]
    for place in others[:44]:
        subject.show(place)
    text = html(mistakes(subject).markup)
    kept = len(set(re.findall(r'data-picture="(\d+)"', text)))
    assert kept == 4
    assert text.count("data-picture") + text.count("not kept") == 26


def test_a_network_that_is_never_wrong_and_one_that_always_is(judged):
    assert "No test image is taken for another class." in html(
        mistakes(judged(10, 50, right=1.0)).markup
    )
    subject = judged(2, 4, right=1.0)
    swapped = tuple(
        each._replace(predicted=subject.classes[each.true == subject.classes[0]])
        for each in subject.judgement.answers
    )
    assert Selection(swapped, subject.classes).best == []
    alone = Subject(cnncli.Network("configs/digits.yaml").checked)
    assert "nothing has been trained yet" in html(mistakes(alone).markup)

"""Answers of networks that nobody has trained, to see what a page makes of them."""

from types import SimpleNamespace

import numpy as np
import pytest

import cnncli
from cnncli.inference.judge import Judgement
from cnncli.page.subject import Subject
from cnncli.report.predictions import Answer
from cnncli.training.evaluate import Evaluation


@pytest.fixture(scope="session")
def judged():
    """`judged(classes, images, seed=0, name=str)`: a subject whose network guesses."""

    def make(classes, images, seed=0, name=str, right=0.5):
        rng = np.random.default_rng(seed)
        names = [f"class {k}" for k in range(classes)] if isinstance(classes, int) else classes
        K = len(names)
        true = rng.integers(K, size=images)
        taken = np.where(rng.random(images) < right, true, rng.integers(K, size=images))
        shares = rng.random(images).round(3)
        answers = tuple(
            Answer(name(i), names[t], names[p], float(share), float(-np.log(share + 1e-3)))
            for i, (t, p, share) in enumerate(zip(true, taken, shares, strict=True))
        )
        confusion = np.zeros((K, K), np.int64)
        np.add.at(confusion, (true, taken), 1)
        accuracy = float((true == taken).mean())
        found = Evaluation(images, 1.0, accuracy, None, confusion)
        pixels = rng.integers(256, size=(images, 6, 4, 3), dtype=np.uint8)
        split = SimpleNamespace(images=pixels)
        checkpoint = SimpleNamespace(
            data=SimpleNamespace(classes=tuple(names), name="folder", tones=None)
        )
        subject = Subject(
            cnncli.Network("configs/digits.yaml").checked,
            SimpleNamespace(checkpoint=checkpoint),
            notify=lambda text: None,
        )
        judgement = Judgement(SimpleNamespace(split=split), found, answers)
        vars(subject)["_judged"] = (judgement, "")
        return subject

    return make

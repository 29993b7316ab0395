"""What a run says while it goes: a bar with loss, accuracy and speed, and a line an epoch.

The accuracy of an epoch is that of its training images, each as the network took it in its step.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, Self, TypeVar

from tqdm import tqdm

from cnncli.text import for_terminal

T = TypeVar("T")

FORMAT = "|{bar}| {n_fmt}/{total_fmt} {elapsed}<{remaining}{postfix}"
"""Steps, time gone and time left; short enough for a terminal of 80 columns."""


class Sums(Protocol):
    """The sums of an epoch so far."""

    images: int
    loss: float
    correct: int
    seconds: float


class Progress:
    """Writes to standard error; a bar only where that is a terminal.

    quiet: nothing at all but `warn`. form: makes of a text what is written. Where standard error
    goes away, as with a closed terminal or a reader that has ended, the run goes on in silence.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        bar: bool = True,
        form: Callable[[str], str] = for_terminal,
    ) -> None:
        self.quiet, self._form = quiet, form
        self.has_bar = bar and not quiet and sys.stderr.isatty()
        self._bar: Any = None

    def start(self, total: int, done: int) -> None:
        def start() -> None:
            self._bar = self.open_bar(total, done)

        if self.has_bar:
            self._attempt(start)

    def open_bar(self, total: int, done: int) -> Any:
        """A bar of tqdm."""
        return tqdm(
            total=total, initial=done, bar_format=FORMAT, file=sys.stderr, dynamic_ncols=True
        )

    def step(self, step: int, sums: Sums) -> None:
        """After each step; its number may be smaller than the last one's."""
        if self._bar is not None and sums.images:
            self.advance(
                step,
                f"loss {sums.loss / sums.images:.3f}, "
                f"training accuracy {sums.correct / sums.images:.3f}, "
                f"{sums.images / max(sums.seconds, 1e-9):,.0f} img/s",
            )

    def advance(self, step: int, text: str) -> None:
        """Moves the bar, if there is one, with the text beside it."""
        if self._bar is not None:
            self._bar.set_postfix_str(text, refresh=False)
            further = step - self._bar.n
            self._attempt(lambda: self._bar.update(further))

    def epoch(self, metrics: Mapping[str, Any], epochs: int) -> None:
        text = (
            f"epoch {metrics['epoch']}/{epochs}: loss {metrics['train_loss']:.4f}, "
            f"training accuracy {metrics['train_accuracy']:.4f}"
        )
        if "validation_loss" in metrics:
            text += (
                f"; validation loss {metrics['validation_loss']:.4f}, "
                f"accuracy {metrics['validation_accuracy']:.4f}"
            )
        speed = f"{metrics['images_per_second']:,.0f} images/s"
        self.say(f"{text}; {duration(metrics['seconds'])}, {speed}")

    def say(self, text: str) -> None:
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        text = self._form(text)
        if self._bar is not None:
            self._attempt(lambda: self._bar.write(text, file=sys.stderr))
        else:
            self._attempt(lambda: print(text, file=sys.stderr, flush=True))

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._attempt(self._bar.close)
            self._bar = None

    def _attempt(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError:
            self.has_bar, self._bar = False, None
            # what could not be written, and what is still to come, goes nowhere
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stderr.fileno())
            os.close(null)


def duration(seconds: float) -> str:
    """Seconds as people say them: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`."""
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class ImageBar:
    """Counts images on standard error, if that is a terminal; says what is to be said meanwhile.

    total: None where it is not known. is_shown: False where the results go to the same terminal.
    """

    def __init__(self, total: int | None, *, is_shown: bool) -> None:
        self._bar: Any = tqdm(
            total=total,
            unit=" images",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            disable=not (sys.stderr.isatty() and (is_shown or not sys.stdout.isatty())),
        )

    def count(self, found: Iterable[T]) -> Iterator[T]:
        """The same, each counted when it comes."""
        for each in found:
            self._bar.update()
            yield each

    def write(self, text: str, form: Callable[[str], str] = for_terminal) -> None:
        """form: makes of it what is written."""
        self._bar.write(form(text), file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

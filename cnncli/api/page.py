"""A page as a file, for `Network.report`, `Run.report`, `cnn report` and `cnn demo`."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from cnncli.check.check import check
from cnncli.page.html_document import Document
from cnncli.page.material.live_plan import check_live
from cnncli.page.page_files import check_place, write_figures, write_page
from cnncli.page.subject import Subject
from cnncli.text import ForeignPath
from cnncli.training.storage.directory import RunDirectory


def write(
    subject: Subject | None, out: Path, figures: str | os.PathLike[str] | None, *, force: bool
) -> Path:
    """Writes the page, and its figures into a folder; raises as `Run.report` says.

    subject: None: the page shows what a convolution and a pooling do, and no network.
    """
    check_place(out, force=force)
    if subject and subject.is_live and subject.saved:
        check_live(subject.saved)
    document = Document.of(subject) if subject else Document.demo()
    if figures is not None:
        write_figures(document, ForeignPath(figures), force=force)
    write_page(document, out, force=force)
    return out


def write_begun(
    directory: RunDirectory,
    out: Path | None,
    beside: Sequence[Path],
    figures: Path | None,
    *,
    force: bool,
    notify: Callable[[str], None],
) -> Path:
    """The page of a run that has no checkpoint, as one that diverged early: all but its network.

    Raises as `Network.report` does.
    """
    checked = check(directory.config)
    checked.network()
    subject = Subject(checked, beside=beside, notify=notify, place=directory)
    return write(subject, out or directory.page, figures, force=force)

"""A page about a network or a run, for `Network.report`, `Run.report` and `cnn report`."""

import os
from pathlib import Path

from cnncli.page.document import Document
from cnncli.page.live_plan import check_live
from cnncli.page.output import check_place, write_figures, write_page
from cnncli.page.subject import Subject
from cnncli.text import ForeignPath


def write(
    subject: Subject, out: Path, figures: str | os.PathLike[str] | None, *, force: bool
) -> Path:
    """Writes the page, and its figures into a folder; raises as `Run.report` says."""
    check_place(out, force=force)
    if subject.is_live and subject.saved:
        check_live(subject.saved)
    document = Document.of(subject)
    write_page(document, out, force=force)
    if figures is not None:
        write_figures(document, ForeignPath(figures), force=force)
    return out

"""Where data sets are kept for a user, whatever folder a command is called in."""

import os
import sys
from pathlib import Path

from cnncli.text import ForeignPath

_NAME = "cnncli"


def user_folder() -> Path | None:
    """The system's folder for what can be fetched again; None for a user without a home.

    Linux: $XDG_CACHE_HOME/cnncli, or ~/.cache/cnncli. macOS: ~/Library/Caches/cnncli. Windows:
    %LOCALAPPDATA%\\cnncli.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else "~/.cache"  # the rule for one that is relative
    found = os.path.expanduser(base)
    return ForeignPath(found) / _NAME if os.path.isabs(found) else None

"""What errors say."""

import pytest


def error_text(kind, function, *arguments, **options):
    """The message of the error of that kind that the call raises."""
    with pytest.raises(kind) as caught:
        function(*arguments, **options)
    return str(caught.value)

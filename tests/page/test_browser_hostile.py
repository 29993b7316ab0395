"""A page about names that would like to be scripts: none of them runs."""

import numpy as np
import pytest

from tests.cli.commands import succeed, write_config

pytestmark = pytest.mark.browser

NAMES = [
    "</script><script>document.title = 'taken'</script>",
    "\"><img src=x onerror=\"document.title = 'taken'\">", "<!--<script>", "\u202egnp.x",
    "x" * 5000, "<svg onload=\"document.title = 'taken'\">", "javascript:document.title='taken'",
]  # fmt: skip


@pytest.mark.parametrize("width", [400, 1600])
def test_names_are_texts(tmp_path, open_page, width):
    labels = np.arange(6 * len(NAMES)) % len(NAMES)
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8)
    arrays = {"x_train": pixels, "y_train": labels, "x_test": pixels, "y_test": labels}
    np.savez(tmp_path / "own.npz", **arrays, classes=np.array(NAMES))
    config = write_config(
        tmp_path, data=f"{{name: npz, root: {tmp_path}/own.npz}}",
        architecture="INPUT-CONV3-2-RELU-POOL-FC",
    )  # fmt: skip
    succeed("train", config, "--out", tmp_path / "run")
    succeed("report", tmp_path / "run")
    page = open_page(tmp_path / "run" / "report.html", width=width)
    assert page.title() == "tiny"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img[src=x], script[src], [onerror], [onload]").count() == 0

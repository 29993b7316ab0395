"""The whole page in Chromium."""

import pytest

pytestmark = pytest.mark.browser


TEXTS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) found.push(walker.currentNode.textContent.trim());
  return found;
}"""


@pytest.fixture(scope="module")
def report(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("page") / "report.html")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_it_opens_without_an_error(report, open_page, width, dark):
    page = open_page(report, width=width, dark=dark)
    assert page.inner_text("h1") == "digits"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_keeps_the_rules_of_accessibility(report, open_page, dark):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(open_page(report, dark=dark))
    assert found.violations_count == 0, found.generate_report()


def test_no_script_writes_what_is_not_there(report, open_page):
    page = open_page(report)
    assert not {"null", "undefined", "NaN"} & set(page.evaluate(TEXTS))

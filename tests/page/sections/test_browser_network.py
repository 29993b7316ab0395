"""The drawing and the table of the network, moved with the pointer and the keyboard."""

import pytest

import cnncli
from cnncli.report.shapes.explain import explain

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page of a configuration, and its network."""
    folder = tmp_path_factory.mktemp("pages")

    def page(name):
        network = cnncli.Network(f"configs/{name}.yaml")
        return network.report(folder / f"{name}.html", force=True), network

    return page


def layers(page):
    """The names of the layers in the table, in their order."""
    return page.locator("#network tbody tr[data-layer] th").all_inner_texts()


def chosen(page):
    """The numbers of the layers that are marked, in the drawing and in the table."""
    return [
        page.eval_on_selector_all(f"#network {kind}.chosen", "all => all.map(e => e.dataset.layer)")
        for kind in (".layer", "tr")
    ]


@pytest.mark.parametrize("name", ["digits", "googlenet", "densenet100"])
def test_pointing_shows_formulas_and_the_partner(pages, open_page, name):
    path, network = pages(name)
    page = open_page(path)
    spec, graph = network.checked.network()
    names = layers(page)
    assert not page.is_visible("#network .formulas")
    for i in range(0, len(names), max(len(names) // 5, 1)):
        page.locator(f"#network .layer[data-layer='{i}'] .face").last.hover()
        assert chosen(page) == [[str(i)], [str(i)]]
        assert page.text_content("#network .formulas") == explain(spec, graph, names[i])
        row = page.locator(f"#network tr[data-layer='{i}']")
        box, own = page.locator("#network .layers").bounding_box(), row.bounding_box()
        assert box["y"] <= own["y"] < box["y"] + box["height"]
    page.locator("#network tr[data-layer='1'] th").hover()
    assert chosen(page) == [["1"], ["1"]]
    assert page.text_content("#network .formulas").startswith(f"{names[1]}: ")
    page.keyboard.press("Escape")


def test_the_arrow_keys_go_from_layer_to_layer(pages, open_page):
    path, _ = pages("resnet20")
    page = open_page(path)
    names = layers(page)
    focused = "document.activeElement.dataset.layer + document.activeElement.localName"
    stops = page.locator("#network [data-layer][tabindex='0']")
    assert stops.count() == 2
    page.locator("#network .layer[tabindex='0']").focus()
    for key, expected in [("ArrowRight", "1g"), ("ArrowRight", "2g"), ("ArrowLeft", "1g"),
                          ("End", f"{len(names) - 1}g"), ("ArrowRight", f"{len(names) - 1}g"),
                          ("Enter", f"{len(names) - 1}tr"), ("ArrowUp", f"{len(names) - 2}tr"),
                          ("Home", "0tr"), ("ArrowDown", "1tr"), ("Enter", "1g")]:  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected
        number = expected.rstrip("gtr")
        assert chosen(page) == [[number], [number]]
        assert page.text_content("#network .formulas").startswith(f"{names[int(number)]}: ")
    assert stops.count() == 2
    page.keyboard.press("Escape")
    assert not page.is_visible("#network .formulas")


def test_a_layer_tells_a_screen_reader_its_row(pages, open_page):
    path, _ = pages("alexnet")
    page = open_page(path)
    label = page.get_attribute("#network .layer[data-layer='1']", "aria-label")
    assert label == "conv1, CONV, K=96 F=11 S=4 P=0, 55x55x96, 34,944, 105,415,200"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["googlenet", "resnet101"])
def test_large_networks_keep_the_rules_of_accessibility(pages, open_page, name, dark):
    from axe_playwright_python.sync_playwright import Axe

    path, _ = pages(name)
    page = open_page(path, width=400, dark=dark)
    page.locator("#network .layer[tabindex='0']").focus()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_printed_all_of_the_table_is_there(pages, open_page):
    """On A4."""
    path, _ = pages("googlenet")
    page = open_page(path, width=794)
    page.emulate_media(media="print")
    assert not page.is_visible("#network .formulas")
    for box in ("figure .scroll", ".layers"):
        sizes = page.eval_on_selector(f"#network {box}", "e => [e.scrollHeight, e.clientHeight]")
        assert sizes[0] <= sizes[1] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 794

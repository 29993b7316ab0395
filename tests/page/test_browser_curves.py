"""The curves in Chromium: values under the pointer, and by the keyboard."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("page") / "report.html")


def digits(value):
    return f"{value:.4g}"


def said(page, chart):
    return page.inner_text(f"#curve-{chart} output")


def test_hover(report, open_page, digits_run):
    page = open_page(report)
    box = page.locator("#curve-loss svg").bounding_box()
    page.locator("#curve-loss svg").scroll_into_view_if_needed()
    box = page.locator("#curve-loss svg").bounding_box()
    scale = box["width"] / 560
    history = digits_run.history
    # the first epoch's end: the axis goes from 0 to 100 over 466 of the drawing's units
    step = history["step"][0]
    page.mouse.move(box["x"] + (64 + 466 * step / 100) * scale, box["y"] + 100 * scale)
    lines = page.inner_text(".tip").split("\n")
    assert lines[0] == f"step {step}, epoch 1"
    assert f"training {digits(history['train_loss'][0])}" in lines
    assert said(page, "loss") == "\n".join(lines)
    cursor = page.locator("#curve-loss .cursor")
    assert cursor.get_attribute("visibility") == "visible"
    page.mouse.move(0, 0)
    assert page.locator(".tip").is_hidden()


def test_keyboard(report, open_page, digits_run):
    page = open_page(report)
    history = digits_run.history
    slider = page.locator("#curve-accuracy input")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    last = said(page, "accuracy").split("\n")
    assert last[0] == f"step {history['step'][-1]}, epoch 4"
    assert f"training {digits(history['train_accuracy'][-1])}" in last
    assert f"test {digits(digits_run.metrics['accuracy'])}" in last
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    second = said(page, "accuracy").split("\n")
    assert second[0] == f"step {history['step'][1]}, epoch 2"
    assert f"training {digits(history['train_accuracy'][1])}" in second
    assert slider.get_attribute("aria-valuetext") == "; ".join(second)


def test_the_values_of_another_step_say_so(report, open_page, digits_run):
    page = open_page(report)
    page.locator("#curve-loss input").focus()
    page.keyboard.press("Home")
    loss, step = digits_run.metrics["loss"], digits_run.history["step"][-1]
    assert f"test {digits(loss)} (step {step})" in said(page, "loss").split("\n")


def test_printed_without_what_moves(report, open_page):
    page = open_page(report)
    page.emulate_media(media="print")
    assert page.locator("#curve-loss svg").is_visible()
    assert page.locator("#curve-loss input").is_hidden()
    assert page.locator("#curve-loss output").is_hidden()


def test_a_narrow_chart_scrolls_and_tells_the_same(report, open_page, digits_run):
    page = open_page(report, width=400)
    drawing = page.locator("#curve-loss svg")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    step = digits_run.history["step"][0]
    page.mouse.move(box["x"] + 64 + 466 * step / 100, box["y"] + 100)
    assert page.inner_text(".tip").startswith(f"step {step}, epoch 1\n")

"""The convolution's and the pooling's steps in Chromium, number by number beside NumPy."""

import itertools
import json

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.pool import Pool
from cnncli.page.html_document import Document
from cnncli.page.material.number_examples import CONVOLUTIONS, POOLINGS
from cnncli.page.page_files import write_page

pytestmark = pytest.mark.browser

SEEN = """
const numbersOf = (grid) => {
  const [title, ...cells] = grid.querySelectorAll("text");
  const box = (style) => {
    const found = grid.querySelector(`rect.${style}`);
    return found && ["x", "y", "width", "height"].map((name) => Number(found.getAttribute(name)));
  };
  const numbers = cells.map((cell) => [
    Number(cell.getAttribute("x")), Number(cell.getAttribute("y")), Number(cell.textContent),
  ]);
  return [title.textContent, { numbers, window: box("fill-mark"), edge: box("plain") }];
};
const button = (text) => [...root.querySelectorAll("button")].find((b) => b.textContent === text);
const text = (selector) => root.querySelector(selector).textContent;
const seen = () => ({
  grids: Object.fromEntries([...root.querySelectorAll(".scroll g")].map(numbersOf)),
  lines: [...root.querySelectorAll(".scroll svg > text")].map((t) => t.textContent),
  step: text(".controls span:not(.number)"), rule: text("[data-part=rule]"),
  problem: root.querySelector("[role=alert]").hidden ? "" : text("[role=alert]"),
});
const walk = () => {
  const steps = [];
  if (!button("First").disabled) button("First").click();
  steps.push(seen());
  while (!button("Forward").disabled) {
    button("Forward").click();
    steps.push(seen());
  }
  return steps;
};
const last = () => {
  const click = new MouseEvent("click", { bubbles: true });
  [...root.querySelectorAll("[data-step]")].at(-1)?.dispatchEvent(click);
  return [seen()];
};
const set = (label, value) => {
  const range = root.querySelector(`[aria-label="${label}"]`);
  range.value = value;
  range.dispatchEvent(new Event("input"));
};
"""
"""What scripts of these tests use: all numbers of the figure with their places, and the texts."""
SLIDERS = {"F": "F, extent of a window", "S": "S, stride", "P": "P, zero padding"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "convolution.html"
    write_page(Document.demo(), path)
    return path


@pytest.fixture(scope="module")
def report(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("page") / "report.html")


class Seen:
    """A step: the numbers (H, W) of each grid by its title, NaN where there are none, its marked
    (x, y, W, H), and the texts.
    """

    def __init__(self, found, cell):
        self.step, self.rule, self.problem = found["step"], found["rule"], found["problem"]
        self.lines, self.grids, self.windows = found["lines"], {}, {}
        for title, grid in found["grids"].items():
            numbers = np.full((round(grid["edge"][3] / 24), round(grid["edge"][2] / cell)), np.nan)
            for x, y, value in grid["numbers"]:
                numbers[int(y // 24), int(x // cell)] = value
            self.grids[title] = numbers
            if grid["window"]:
                x, y, W, H = grid["window"]
                self.windows[title] = (x / cell, y / 24, W / cell, H / 24)


class Part:
    """A part of the page as a reader sees it."""

    def __init__(self, page, name):
        self.page, self.root = page, page.locator(f"#{name}")
        self.data = json.loads(page.inner_text("#data"))["sections"][name]

    def press(self, text):
        self.root.get_by_role("button", name=text, exact=True).click()

    def choose(self, label):
        self.root.get_by_label("Example").select_option(label)

    def set(self, letter, value):
        self.root.get_by_label(SLIDERS[letter], exact=True).fill(str(value))

    def run(self, script):
        """The states that a script returns a list of."""
        cell = self.data["widths"][self.example["places"]]
        whole = f"(root) => {{ {SEEN} return JSON.stringify((() => {{ {script} }})()); }}"
        return [Seen(each, cell) for each in json.loads(self.root.evaluate(whole))]

    def settings(self, **values):
        """Every combination of F, S and P, and the last step of each, with all of the output."""
        letters = list(values)
        for chosen in itertools.product(*values.values()):
            pairs = dict(zip(letters, chosen, strict=True))
            script = "".join(f'set("{SLIDERS[letter]}", {n});' for letter, n in pairs.items())
            yield pairs, *self.run(f"{script} return last();")

    @property
    def seen(self):
        return self.run("return [seen()];")[0]

    @property
    def example(self):
        label = self.root.get_by_label("Example").evaluate("(list) => list.value")
        return next(each for each in self.data["examples"] if each["label"] == label)


@pytest.fixture
def part(open_page, demo):
    return lambda name, path=demo, **how: Part(open_page(path, **how), name)


def middle(weights, F):
    """(K, D, F, F) of larger filters."""
    H, W = weights.shape[2:]
    down, across = min(F, H), min(F, W)
    top, left = (H - down) // 2, (W - across) // 2
    return weights[:, :, top : top + down, left : left + across]


def convolved(example, F, S, P):
    """X padded (D, H, W), the filters (K, D, F, F) and V (K, H2, W2)."""
    x = np.pad(np.array(example["x"], float), ((0, 0), (P, P), (P, P)))
    weights = middle(np.array(example["weights"], float), F)
    windows = sliding_window_view(x, weights.shape[2:], (1, 2))[:, ::S, ::S]
    V = np.einsum("dhwij,kdij->khw", windows, weights)
    return x, weights, V + np.array(example["biases"])[:, None, None]


def check_steps(example, steps, F, S, P, first=0):
    """Every step of a convolution, up to the last, is NumPy's."""
    x, weights, V = convolved(example, F, S, P)
    half = 0.5 / 10 ** example["places"] + 1e-8

    def check(found, expected):
        np.testing.assert_allclose(found, expected, atol=half, rtol=0)

    for step, seen in zip(range(V.size)[first:], steps, strict=True):
        k, j, i = np.unravel_index(step, V.shape)
        y, X, (down, across) = j * S, i * S, weights.shape[2:]
        products = x[:, y : y + down, X : X + across] * weights[k]
        known = np.where(np.arange(V.size).reshape(V.shape) <= step, V, np.nan)
        for d in range(len(x)):
            check(seen.grids[f"X[:,:,{d}]"], x[d])
            check(seen.grids[f"W{k}[:,:,{d}]"], weights[k, d])
            check(seen.grids[f"X * W{k}, {d}"], products[d])
            assert seen.windows[f"X[:,:,{d}]"] == (X, y, across, down)
        for number, plane in enumerate(known):
            check(seen.grids[f"V[:,:,{number}]"], plane)
        assert seen.windows[f"V[:,:,{k}]"] == (i, j, 1, 1)
        check(seen.grids[f"b{k}"], [[example["biases"][k]]])
        first, *slices, last = seen.lines
        assert first == f"V[{i},{j},{k}] = sum(X[{X}:{X + across},{y}:{y + down},:] * W{k}) + b{k}"
        for line, plane in zip(slices, products, strict=True):
            terms, result = line.split(": ")[1].split(" = ")
            check(float(result), plane.sum())
            if plane.size <= 9:
                check(numbers_of(terms), plane.ravel())
            else:
                assert terms == f"sum of {plane.size} products"
        _, terms, result = last.split(" = ")
        check(numbers_of(terms), [*products.sum(axis=(1, 2)), example["biases"][k]])
        check(float(result), V[k, j, i])
        assert seen.step == f"step {step + 1} of {V.size}"


def numbers_of(text):
    """Of `1 - 2 + 0.5`."""
    return np.array(text.replace("- ", "-").replace("+ ", "").split(), float)


def test_every_step_of_the_notes_demo(part):
    found = part("convolution")
    assert (found.seen.rule, found.seen.problem, found.seen.step) == (
        "(W - F + 2P)/S + 1 = (5 - 3 + 2*1)/2 + 1 = 3 across and down", "", "step 5 of 18",
    )  # fmt: skip
    check_steps(found.example, found.run("return walk();"), 3, 2, 1)


def test_every_step_of_the_run(part, report):
    found = part("convolution", report)
    assert found.example["label"] == "this run: conv1"
    assert found.example["start"] == {"F": 3, "S": 1, "P": 1}
    steps = found.run("return walk();")
    assert len(steps) == 128
    check_steps(found.example, steps, 3, 1, 1)


def complaint(layer, volume):
    """What the layer says of a volume that it does not fit."""
    try:
        layer.out_shape((volume,))
    except LayerError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("label", [each.label for each in CONVOLUTIONS])
def test_every_setting_of_a_convolution(part, label):
    """The whole output, the size rule, and the message that a layer of these numbers gives."""
    found = part("convolution")
    found.choose(label)
    example = found.example
    H, W = np.array(example["x"]).shape[1:]
    fits = set()
    values = {letter: range(letter != "P", most + 1) for letter, most in example["most"].items()}
    for pairs, seen in found.settings(**values):
        F, S, P = (pairs[letter] for letter in "FSP")
        layer = Conv(K=1, F=Extent(F, F), S=Extent(S, S), P=Padding(P, P, P, P))
        if problem := complaint(layer, Volume(W, H, 1)):
            assert seen.problem.splitlines()[:-2] == problem.splitlines()
            assert "is not a whole number." in problem
            assert seen.step == "no step"
            fits.add(False)
            continue
        out = layer.out_shape((Volume(W, H, 1),))
        assert f" = {out.W} across and down" in seen.rule
        assert seen.problem == ""
        check_steps(example, [seen], F, S, P, first=-1)
        fits.add(True)
    assert fits == {False, True}


def test_the_notes_question(part):
    found = part("convolution")
    found.choose("the notes' question: W = 10, F = 3, S = 2")
    seen = found.seen
    assert seen.rule == "(W - F + 2P)/S + 1 = (10 - 3 + 2*0)/2 + 1 = 4.5 across and down"
    assert seen.problem == (
        "F=3, S=2, P=0 do not fit width 10 and height 10:\n"
        "(10 - 3 + 2*0)/2 + 1 = 4.5 is not a whole number.\n"
        "A library may refuse this, leave out what remains, or add zeros:\n"
        "cnn refuses, unless a configuration says fit: crop or fit: pad."
    )
    assert seen.windows["X[:,:,0]"] == (8, 8, 3, 3)
    assert seen.lines == ["The window has no place here."]
    for name in ("First", "Back", "Play", "Forward"):
        assert found.root.get_by_role("button", name=name, exact=True).is_disabled()
    found.set("S", 1)
    assert (found.seen.problem, found.seen.step) == ("", "step 37 of 64")


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("label", [each.label for each in POOLINGS])
def test_every_step_and_setting_of_a_pooling(part, label, mode):
    found = part("pooling")
    found.choose(label)
    found.root.get_by_label("Take").select_option(mode)
    x = np.array(found.example["x"][0], float)
    most = found.example["most"]
    for pairs, seen in found.settings(F=range(1, most["F"] + 1), S=range(1, most["S"] + 1)):
        F, S = pairs["F"], pairs["S"]
        if problem := complaint(Pool(F=Extent(F, F), S=Extent(S, S)), Volume(*x.shape[::-1], 1)):
            assert seen.problem.splitlines()[:-2] == problem.splitlines()
            continue
        steps = found.run("return walk();")
        check_pooling(x, steps, F, S, mode, 0.5 / 10 ** found.example["places"])


def check_pooling(x, steps, F, S, mode, half):
    windows = sliding_window_view(x, (F, F))[::S, ::S]
    V = windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3))
    assert len(steps) == V.size
    for step, seen in enumerate(steps):
        j, i = divmod(step, V.shape[1])
        known = np.where(np.arange(V.size).reshape(V.shape) <= step, V, np.nan)
        np.testing.assert_allclose(seen.grids["V"], known, atol=half + 1e-8, rtol=0)
        np.testing.assert_array_equal(seen.grids["X"], x)
        np.testing.assert_array_equal(seen.grids["window"], windows[j, i])
        assert seen.windows["X"] == (i * S, j * S, F, F)
        assert seen.windows["V"] == (i, j, 1, 1)
        assert float(seen.lines[0].split(" = ")[-1]) == pytest.approx(V[j, i], abs=half + 1e-8)


def test_the_pooling_of_the_run(part, report):
    found = part("pooling", report)
    x = np.array(found.example["x"][0])
    assert (found.example["label"], x.shape) == ("this run: pool1", (8, 8))
    check_pooling(x, found.run("return walk();"), 2, 2, "max", 0.005)


def test_python_and_the_script_draw_the_same(chromium, demo, report):
    """The first state as Python drew it, and as the script has drawn it anew."""
    form = """(svg) => {
      const of = (node) => [node.tagName, [...node.attributes].map((a) => [a.name, a.value]).sort(),
        node.children.length ? [...node.children].map(of) : node.textContent];
      return JSON.stringify(of(svg));
    }"""
    for path in (demo, report):
        found = []
        for scripts in (False, True):
            context = chromium.new_context(java_script_enabled=scripts)
            page = context.new_page()
            page.goto(path.as_uri())
            found.append(
                [
                    page.locator(f"#{name} .scroll svg").evaluate(form)
                    for name in ("convolution", "pooling")
                ]
            )
            context.close()
        assert found[0] == found[1]


def test_the_keyboard(part):
    found = part("convolution")
    frame = found.root.locator(".scroll")
    frame.focus()
    assert found.seen.step == "step 5 of 18"
    for key, step in (
        ("ArrowRight", 6), ("ArrowRight", 7), ("ArrowLeft", 6), ("Home", 1), ("ArrowLeft", 1),
    ):  # fmt: skip
        frame.press(key)
        assert found.seen.step == f"step {step} of 18"
    assert found.root.get_by_role("status").inner_text() == "V[0,0,0] = 2 - 2 + 2 + 1 = 3"
    frame.press(" ")
    assert found.root.get_by_role("button", name="Pause").is_visible()
    frame.press(" ")
    assert found.root.get_by_role("button", name="Play", exact=True).is_visible()
    forward = found.root.get_by_role("button", name="Forward")
    forward.focus()
    forward.press(" ")
    forward.press("Enter")
    assert found.seen.step == "step 3 of 18"


def test_playing_and_pausing(part):
    """It plays on its own up to the end, faster if it is told to, and begins anew from there."""
    found = part("convolution")
    found.page.clock.install(time=0)
    found.page.clock.pause_at(1000)
    found.root.get_by_label("Steps a second").fill("10")
    found.press("Play")
    assert found.seen.step == "step 5 of 18"
    found.page.clock.run_for(250)
    assert found.seen.step == "step 7 of 18"
    found.press("Pause")
    found.page.clock.run_for(1000)
    assert found.seen.step == "step 7 of 18"
    found.press("Play")
    found.page.clock.run_for(5000)
    assert found.seen.step == "step 18 of 18"
    found.press("Play")
    found.page.clock.run_for(100)
    assert found.seen.step == "step 1 of 18"
    found.press("Forward")
    found.page.clock.run_for(1000)
    assert found.seen.step == "step 2 of 18"


def test_less_motion(part):
    """Nothing plays for whoever has asked for that, and every step can still be seen."""
    found = part("convolution")
    found.press("Play")
    found.page.emulate_media(reduced_motion="reduce")
    found.root.get_by_label("Steps a second").wait_for(state="hidden")  # it is told by an event
    assert not found.root.get_by_role("button", name="Play", exact=True).is_visible()
    assert "Your system asks for less motion" in found.root.inner_text()
    before = found.seen.step
    frame = found.root.locator(".scroll")
    frame.press(" ")
    found.page.wait_for_timeout(700)
    assert found.seen.step == before
    frame.press("ArrowRight")
    assert found.seen.step == "step 6 of 18"


def test_another_example_and_a_number_of_the_output(part, report):
    found = part("convolution", report)
    where = found.root.locator("[data-where]")
    assert where.is_visible()
    found.choose("two edges: 7x7x1")
    assert not where.is_visible()
    assert "W = 7 and F = 3" in found.root.locator("[data-part=note]").inner_text()
    found.root.locator('[data-step="30"]').click()
    assert found.seen.step == "step 31 of 50"
    assert found.seen.lines[0] == "V[0,1,1] = sum(X[0:3,1:4,:] * W1) + b1"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_the_demo_keeps_the_rules_of_accessibility(demo, open_page, width, dark):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(demo, width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_printed(part):
    """Nothing that would have to be pressed, and the sum."""
    found = part("convolution")
    found.page.emulate_media(media="print")
    assert not found.root.get_by_role("button", name="Forward").is_visible()
    assert not found.root.get_by_label("Example").is_visible()
    assert found.root.locator(".scroll svg").is_visible()
    assert "V[1,1,0] = 1 - 1 + 0 + 1 = 1" in found.seen.lines

"""What Python puts into a page so that the network computes there, and what it refuses."""

import base64
import json
import zlib

import numpy as np
import pytest

import cnncli
from cnncli.errors import UsageError
from cnncli.layers import families
from cnncli.page.assets import asset
from cnncli.page.material.live_plan import HYPERPARAMETERS, live_plan, packed_numbers
from tests.cli.commands import refusal, succeed

from .live_networks import EVERY_KIND, saved


def _network(text, tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(text if "\n" in text else f"architecture: {text}\n")
    return cnncli.Network(file)


def _bytes(text):
    return zlib.decompress(base64.b85decode(text.replace(",", "<")))


def _unpacked(text, count):
    planes = np.frombuffer(_bytes(text), np.uint8).reshape(4, count)
    return np.ascontiguousarray(planes.T).view("<f4").reshape(-1)


def test_every_family_has_javascript():
    kinds = {family.spelling.name for family in families().values()}
    assert set(HYPERPARAMETERS) == kinds
    script = asset("live_layers.js") + asset("live_places.js")
    assert [
        kind for kind in kinds if f"\n  {kind}(" not in script and f"\n  {kind}:" not in script
    ] == []


def test_the_networks_of_the_tests_have_every_family(tmp_path):
    graph = _network(EVERY_KIND, tmp_path).checked.graph
    assert {node.layer.kind for node in graph.nodes} == set(HYPERPARAMETERS)


def test_weights_are_rounded_and_vectors_are_not():
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((30, 40)).astype(np.float32) * np.float32(1e-3)
    weights[0, :3] = np.nan, np.inf, -np.inf
    vector = rng.standard_normal(50).astype(np.float32)
    found = _unpacked(packed_numbers([weights, vector]), 1_250)
    np.testing.assert_array_equal(found[1_200:], vector)
    np.testing.assert_allclose(found[:1_200], weights.ravel(), rtol=2**-20)
    assert (found[3:1_200].view(np.uint32) & 15).max() == 0


def test_a_million_parameters_take_less_than_4_megabytes():
    weights = np.random.default_rng(0).standard_normal((1_000, 1_000)).astype(np.float32)
    assert len(packed_numbers([weights])) < 3_600_000


def test_the_largest_network_makes_a_page_of_at_most_5_megabytes(tmp_path):
    network = _network("INPUT(32x32x3)-CONV3-32-POOL-CONV3-64-POOL-FC-236-FC-10", tmp_path)
    assert 980_000 < network.total.parameters <= 1_000_000
    page = saved(network, tmp_path / "net.safetensors", 0).report(tmp_path / "a.html", live=True)
    assert page.stat().st_size < 5_000_000


@pytest.mark.filterwarnings("ignore:the network takes no image")
def test_the_average_goes_into_the_page(tmp_path):
    network = cnncli.Network(
        "digits", set={"train.average": {"name": "ema"}, "data.validation": 64}
    )
    run = network.train(out=tmp_path / "run", max_steps=8, threads=1, bar=False)
    plan, parameters = live_plan(run.saved), run.parameters()
    (layer,) = (each for each in plan["layers"] if each["name"] == "conv1")
    first, *shape = layer["arrays"]["W"]
    count = sum(np.prod(array[1:]) for each in plan["layers"] for array in each["arrays"].values())
    found = _unpacked(plan["numbers"], int(count))[first:][: np.prod(shape)].reshape(shape)
    np.testing.assert_allclose(found, parameters["conv1.W"], rtol=2**-20)
    assert not np.allclose(found, run.saved.checkpoint.arrays["parameters/conv1.W"], rtol=1e-4)


def _refused(run, tmp_path):
    out = tmp_path / "report.html"
    with pytest.raises(UsageError) as caught:
        run.report(out, live=True)
    assert not out.exists()
    return str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "numbers"),
    [
        ("INPUT(9x9x3)-FC-4000-FC-10", "1,016,010, 1,012,000 and 4,253"),
        ("INPUT(64x64x3)-CONV3-64-CONV3-64-POOL(F=global)-FC-4", "38,980, 158,073,088 and 536,644"),
        ("INPUT(9x9x3)-UPSAMPLE(S=203)-POOL(F=global)-FC-4", "16, 12 and 10,014,037"),
    ],
)
def test_what_is_too_large(architecture, numbers, tmp_path):
    run = saved(_network(architecture, tmp_path), tmp_path / "net.safetensors", 0)
    assert _refused(run, tmp_path) == (
        f"{tmp_path}/net.safetensors: --live takes networks of at most 1,000,000 parameters, "
        f"50,000,000 multiply-adds and 10,000,000 numbers in its volumes; this one has {numbers}.\n"
        "Write the page without --live."
    )
    assert run.report(tmp_path / "report.html").exists()


def test_a_layer_without_javascript_is_named(tmp_path, monkeypatch):
    run = saved(_network("INPUT(8x8x1)-CONV3-2-TANH-FC-4", tmp_path), tmp_path / "a.safetensors", 0)
    monkeypatch.delitem(HYPERPARAMETERS, "TANH")
    assert _refused(run, tmp_path) == (
        f"{tmp_path}/a.safetensors: --live cannot compute TANH tanh1 in a browser.\n"
        "Write the page without --live."
    )


def test_a_map_of_scores_is_refused(digits_run, tmp_path):
    large = tmp_path / "large.safetensors"
    succeed("convert", digits_run.path, "--fc-to-conv", "--image", "12x12", "--out", large)
    assert _refused(cnncli.Run(large), tmp_path) == (
        f"{large}: the network gives 2x2 places of 10 scores, stride 4, no class for an image.\n"
        "Use the checkpoint that it was converted from."
    )


def test_without_the_option_the_section_says_so(digits_run, tmp_path):
    page = _html(digits_run, tmp_path / "a.html")
    assert "cnn report RUN --live puts that of a run into it" in page
    assert "live" not in _data(page)["sections"]
    assert "function liveProducts" not in page


def test_the_data_of_a_page(digits_run, tmp_path):
    live = _data(_html(digits_run, tmp_path / "a.html", live=True))["sections"]["live"]
    assert live["about"] == {
        "white": 16, "ground": 0, "ink": 16, "learned": "dark", "paints": True,
        "resize": "stretch", "background": "white",
    }  # fmt: skip
    pixels = _bytes(live["pixels"])
    assert len(pixels) == 64 * len(live["pictures"]) >= 640
    assert live["classes"] == list(digits_run.classes)


def test_options_of_runs_with_a_configuration(tmp_path):
    expected = "--live: only of a run; name its folder"
    assert expected in refusal("report", "digits", "--live", "--out", tmp_path / "a.html", status=2)
    assert not (tmp_path / "a.html").exists()


def _html(run, out, **how):
    return run.report(out, **how).read_text("utf-8")


def _data(page):
    return json.loads(page.split('id="data">')[1].split("</script>")[0])

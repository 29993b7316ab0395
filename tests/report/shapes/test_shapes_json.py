import json

from cnncli.report.shapes.shapes_json import shapes_json


def layers(checked) -> dict[str, dict]:
    return {layer["name"]: layer for layer in json.loads(shapes_json([checked]))["layers"]}


def test_every_number_of_a_layer(check):
    checked = check(
        "architecture: INPUT(227x227x3) -> CONV(K=96, F=11, S=4, P=0) -> POOL(F=3, S=2) -> FC-10"
    )
    found = layers(checked)
    numbers = {key: value for key, value in found["conv1"].items() if key != "hyperparameters"}
    assert numbers == {
        "name": "conv1",
        "kind": "CONV",
        "inputs": ["input1"],
        "input": [227, 227, 3],
        "output": [55, 55, 96],
        "connections": 363,
        "neurons": 290_400,
        "parameters": 34_944,
        "parameters_unshared": 105_705_600,
        "macs": 105_415_200,
        "training_macs": 210_830_400,
        "activation_bytes": 4 * 290_400,
        "im2row": [363, 3025],
        "receptive_field": [11, 11],
        "jump": [4, 4],
        "centre": [5, 5],
    }
    assert found["pool1"]["im2row"] is None
    total = json.loads(shapes_json([checked]))["total"]
    assert (total["neurons"], total["training_macs"]) == (290_410, 210_830_400 + 3 * 699_840)


def test_fractions_of_a_pixel(check):
    found = layers(check("architecture: INPUT(8x8x1) -> POOL -> UPSAMPLE(S=4) -> FC-2"))
    assert found["pool1"]["centre"] == [0.5, 0.5]
    assert found["upsample1"]["jump"] == [0.5, 0.5]


def test_inputs_of_a_join(residual, check):
    assert layers(residual)["unit1.add1"]["inputs"] == ["unit1.main", "conv1"]
    nowhere = layers(check("architecture: INPUT(8x8x1) -> RELU(from=nowhere) -> FC-2"))
    assert nowhere["relu1"]["inputs"] is None
    assert nowhere["fc1"]["inputs"] == ["relu1"]
    assert nowhere["fc1"]["im2row"] is None
    assert set(nowhere["fc1"]) == set(nowhere["input1"])

"""Every layer of the contract table as PyTorch has it: y and all gradients in float64."""

import numpy as np
import pytest

from cnncli.exchange.torch.statement import EXPRESSIONS, MODULE, Variable
from cnncli.layers import families
from tests.exchange.cases import ALL, is_vector, node_of, volumes_of
from tests.layers.contract import Bench

torch = pytest.importorskip("torch")


def _namespace():
    from cnncli.exchange.torch import helpers

    return vars(helpers) | {"float": float}


@pytest.mark.parametrize("flat", [False, True], ids=["volume", "flat"])
@pytest.mark.parametrize(
    ("layer", "volume"),
    [(layer, volume) for layer, volume in ALL if not layer.is_for_training],
    ids=lambda value: str(value),
)
def test_a_layer_alone(layer, volume, flat):
    bench = Bench(layer, volume)
    volumes = volumes_of(bench)
    if flat and not any(map(is_vector, volumes)):
        pytest.skip("its inputs are maps")
    write = EXPRESSIONS.all[type(bench.layer)]
    variables = [Variable(f"x{i}", flat and is_vector(v)) for i, v in enumerate(volumes)]
    statement = write(bench.layer, node_of(bench), bench.params | bench.state, *variables)
    namespace = _namespace()
    assert all(helper in namespace for helper in statement.helpers)
    leaves = []
    for variable, x in zip(variables, bench.xs, strict=True):
        leaves.append(torch.tensor(x).requires_grad_())
        theirs = leaves[-1].permute(0, 3, 1, 2)
        namespace[variable.name] = theirs[:, :, 0, 0] if variable.flat else theirs
    module = None
    if statement.module:
        module = eval(statement.module, namespace).double()
        arrays = {k: torch.tensor(np.ascontiguousarray(a)) for k, a in statement.arrays.items()}
        module.load_state_dict(arrays)
    y = eval(statement.expression.replace(MODULE, "module"), namespace | {"module": module})
    y = y[:, :, None, None] if statement.flat else y
    assert y.dim() == 4
    y = y.permute(0, 2, 3, 1)
    y.backward(torch.tensor(bench.dy))
    dxs, grads = bench.gradients()
    close = {"rtol": 1e-9, "atol": 1e-11}
    np.testing.assert_allclose(bench.forward(), y.detach(), **close)
    for leaf, dx in zip(leaves, dxs, strict=True):
        np.testing.assert_allclose(dx, leaf.grad, **close)
    if module:
        # what the arrays become, their gradients become too
        expected = write(bench.layer, node_of(bench), grads | bench.state, *variables).arrays
        for name, parameter in module.named_parameters():
            if name not in statement.frozen:
                np.testing.assert_allclose(expected[name], parameter.grad, **close, err_msg=name)


def test_every_family_is_written():
    written = EXPRESSIONS.all
    for family in dict.fromkeys(families().values()):
        assert family in written or family.spelling.name == "INPUT"

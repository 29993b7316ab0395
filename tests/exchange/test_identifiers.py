"""Names of layers as Python takes them."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.exchange.torch.identifiers import identifiers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv1", "conv1"),
        ("fire1.conv3", "fire1_conv3"),
        ("größe 2", "gr_e_2"),
        ("2a", "layer_2a"),
        ("***", "layer"),
        ("lambda", "layer_lambda"),
        ("print", "layer_print"),
        ("forward", "layer_forward"),
        ("state_dict", "layer_state_dict"),
        ("x", "layer_x"),
        ("__class__", "layer_class"),
        ('"""\nimport os', "import_os"),
    ],
)
def test_names(name, expected):
    assert identifiers([name], {"x"}) == {name: expected}


@given(st.lists(st.text(max_size=9), unique=True, max_size=9))
def test_any_names(names):
    found = identifiers(names, {"x", "self"})
    assert [*found] == names
    values = [*found.values()]
    assert len({*values, "x", "self"}) == len(names) + 2
    assert all(v.isidentifier() and v.isascii() and not keyword.iskeyword(v) for v in values)


def test_no_attribute_of_a_module_is_hidden():
    torch = pytest.importorskip("torch")
    attributes = [*dir(torch.nn.Module()), *dir(torch.nn.Module)]
    assert not {*identifiers(dict.fromkeys(attributes), ()).values()} & {*attributes}

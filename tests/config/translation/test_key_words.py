"""Keys of layers in Keras, PyTorch, Caffe and darknet: each is answered by what it means here."""

import pytest

from cnncli.config.network.names import find_key, keys, unknown_hyperparameter
from cnncli.layers import families

MEANINGS = """
CONV  kernel_size                here it is F
CONV  ksize                      here it is F
CONV  kernel_h                   here it is F, WIDTHxHEIGHT
CONV  out_channels               here it is K
CONV  num_output                 here it is K
CONV  in_channels                leave it out: the layer before gives it
CONV  strides                    here it is S
CONV  stride_h                   here it is S, WIDTHxHEIGHT
CONV  padding                    here it is P
CONV  pad_w                      here it is P, WIDTHxHEIGHT
CONV  dilation_rate              here it is dilation
CONV  group                      here it is groups
CONV  use_bias                   here it is bias
CONV  bias_term                  here it is bias
CONV  kernel_initializer         here it is init
CONV  weight_filler              here it is init
CONV  bias_initializer           leave it out: biases begin with 0, and scales with 1
CONV  activation                 an activation is a layer of its own, like CONV -> RELU
CONV  batch_normalize            BATCHNORM is a layer of its own, like CONV -> BATCHNORM
CONV  kernel_regularizer         weight_decay stands in train: optimizer
CONV  data_format                leave it out: volumes have the depth last
CONV  input_shape                leave it out: INPUT has the size, like INPUT(28x28x1)
CONV  padding_mode               CONV pads with zeros; PAD before it has other modes
CONV  depth_multiplier           write K, so many times the depth of what is read
CONV  trainable                  what is trained how stands in train: groups
CONV  bottom                     what it reads stands beside the layer, in from:
CONVT outputpadding            here it is extra
FC    units                      here it is K
FC    out_features               here it is K
FC    in_features                leave it out: the layer before gives it
FC    activation                 an activation is a layer of its own, like CONV -> RELU
POOL  pool_size                  here it is F
POOL  kernel_size                here it is F
POOL  ceil_mode                  here it is fit: pad for true, fit: crop for false
POOL  count_include_pad          here it is count_border
POOL  global_pooling             here it is F: global
POOL  pool                       here it is mode
POOL  return_indices             leave it out: nothing reads them
ADAPTIVEPOOL target_size         here it is places
BATCHNORM epsilon                here it is eps
BATCHNORM moving_average_fraction here it is momentum, 1 minus it
BATCHNORM decay                  here it is momentum, 1 minus it
BATCHNORM affine                 here it is scale
BATCHNORM center                 leave it out: there is always a shift
BATCHNORM num_features           leave it out: the layer before gives it
BATCHNORM axis                   leave it out: volumes have the depth last
GROUPNORM numgroups            here it is groups
LRN   local_size                 here it is n
LRN   depth_radius               here it is n, twice it and 1
SCALE scale                      here it is by
SCALE offset                     there is no constant shift; data: {normalise: true} prepares images
FLATTEN start_dim                leave it out: all of an image becomes one vector
LRN   bias                       here it is k
DROPOUT dropout_ratio            here it is rate
DROPOUT keep_prob                here it is rate, 1 minus it
DROPOUT probability              here it is rate
LEAKYRELU negativeSlope          here it is slope
PRELU num_parameters             here it is slopes, channel or one
RELU  inplace                    leave it out: layers take each other's memory by themselves
RELU  max_value                  up to 6, RELU6 is that
GELU  approximate                leave it out: it is exact here
UPSAMPLE scale_factor            here it is S
UPSAMPLE align_corners           leave it out: corners are not aligned, as with false
DEPTHTOSPACE upscale_factor      here it is S
PAD   padding                    here it is P
CROP  cropping                   here it is P
INPUT shape                      here it is size, WIDTHxHEIGHTxDEPTH
INPUT width                      here it is size
CROP  targetHeight               here it is size
INPUT channels                   here it is size, WIDTHxHEIGHTxDEPTH
CONCAT axis                      leave it out: volumes have the depth last
CONCAT layers                    what it reads stands beside the layer, in from:
"""
ROWS = [line.split(maxsplit=2) for line in MEANINGS.strip().splitlines()]


@pytest.mark.parametrize(("kind", "key", "meaning"), ROWS)
def test_what_keys_mean(kind, key, meaning):
    family = families()[kind]
    assert find_key(family, key) is None
    assert unknown_hyperparameter(family, key) == f"unknown key '{key}' of {kind}; {meaning}"
    if meaning.startswith("here it is "):
        assert meaning.removeprefix("here it is ").split(",")[0].split(":")[0] in keys(family)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("filtres", "did you mean filters?"),
        ("strid", "did you mean stride?"),
        ("eps", "its keys are K, F, S, P, dilation, groups, bias, fit and init"),
        ("foo", "its keys are K, F, S, P, dilation, groups, bias, fit and init"),
    ],
)
def test_spelling_comes_last(key, message):
    assert (
        unknown_hyperparameter(families()["CONV"], key) == f"unknown key '{key}' of CONV; {message}"
    )


def test_keys_of_a_layer_that_has_another_name_elsewhere(problems):
    """All of a line is answered at once."""
    text = (
        "architecture:\n- input: 8x8x1\n- Conv2D: {filters: 8, kernel_size: 3, strides: 2}\n- fc\n"
    )
    found = [text.split("; ")[-1] for text in problems(text)]
    assert found[1:] == ["here it is F", "here it is S"]

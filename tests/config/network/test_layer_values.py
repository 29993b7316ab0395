"""Hyperparameters of layers without filters: how they are written, and what is no value."""

import pytest

from cnncli.config.source_text.dump import dump
from cnncli.geometry import Extent, Padding
from cnncli.layers.activations import Gelu, LeakyRelu, Silu
from cnncli.layers.normalization import LayerNorm, Lrn
from cnncli.layers.pool import Pool
from cnncli.layers.reshape import Pad, Upsample

WRITTEN = [
    ("POOL(F=global, mode=average)", Pool(F="global", mode="average")),
    ("POOL(Global)", Pool(F="global")),
    ("POOL(mode=L2)", Pool(mode="L2")),
    ("POOL(3x2, S=1)", Pool(F=Extent(3, 2), S=Extent(1, 1))),
    ("PAD", Pad(P=Padding(1, 1, 1, 1))),
    ("PAD(0)", Pad(P=Padding())),
    ("PAD(0, front=2, back=8)", Pad(P=Padding(), front=2, back=8)),
    ("PAD(pad=2x1)", Pad(P=Padding(2, 2, 1, 1))),
    ("PAD(P={left: 1, bottom: 3})", Pad(P=Padding(1, 0, 0, 3))),
    ("UPSAMPLE", Upsample(S=Extent(2, 2))),
    ("UPSAMPLE3", Upsample(S=Extent(3, 3))),
    ("UPSAMPLE(factor=2x3)", Upsample(S=Extent(2, 3))),
    ("LEAKYRELU(0.2)", LeakyRelu(slope=0.2)),
    ("LEAKYRELU(alpha=0)", LeakyRelu(slope=0.0)),
    ("SWISH", Silu()),
    ("gelu", Gelu()),
    ("LN(over=volume)", LayerNorm(over="volume")),
    ("LRN", Lrn(n=5, k=2.0, alpha=1e-4, beta=0.75)),
    ("LRN(size=3, K=1, alpha=5e-5)", Lrn(n=3, k=1.0, alpha=5e-5)),
]


@pytest.mark.parametrize(("text", "layer"), WRITTEN)
def test_how_layers_are_written(read, layers, text, layer):
    architecture = f"'INPUT - {text} - FC'"
    assert layers(architecture)[1] == layer
    spec = read(f"architecture: {architecture}")
    again = read(dump(spec, [(written.name, written.layer) for written in spec.layers]))
    assert again.layers[1].layer == layer


POOL_F = "F must be a whole number, WIDTHxHEIGHT or global, like 3 or 3x5, not "
PAD_P = "P must be a whole number (0 or more), WIDTHxHEIGHT or sides like {left: 1, right: 2}, not "


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("POOL(F=all)", f"pool1: {POOL_F}'all'"),
        ("POOL(F=2.5)", f"pool1: {POOL_F}2.5"),
        ("POOL(F=3x3x3)", f"pool1: {POOL_F}'3x3x3'"),
        ("POOL(F=0)", "pool1: F must be at least 1, not 0"),
        ("POOL(mode=l2)", "pool1: mode must be max, average or L2, not 'l2'; did you mean L2?"),
        ("POOL(mode=sum)", "pool1: mode must be max, average or L2, not 'sum'"),
        ("PAD(back=-1)", "pad1: back must be at least 0, not -1"),
        ("PAD(front=1.5)", "pad1: front must be a whole number of at least 0, not 1.5"),
        ("PAD(-1)", f"pad1: {PAD_P}-1"),
        ("PAD(same)", f"pad1: {PAD_P}'same'"),
        (
            "PAD(P={left: -1})",
            "pad1: P is {'left': -1}: the padding of a side is a whole number, 0 or more",
        ),
        (
            "UPSAMPLE(1.5)",
            "upsample1: S must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not 1.5",
        ),
        ("UPSAMPLE(0)", "upsample1: S must be at least 1, not 0"),
        ("LEAKYRELU(1)", "leakyrelu1: slope must be at least 0 and less than 1, not 1"),
        ("LRN(k=0)", "lrn1: k must be greater than 0, not 0"),
        ("LRN(beta=.inf)", "lrn1: beta must be a finite number, not inf"),
        ("LRN(n=2.5)", "lrn1: n must be a whole number of at least 1, not 2.5"),
        ("LAYERNORM(over=channels)", "layernorm1: over must be depth or volume, not 'channels'"),
        ("ADD(2)", "ADD takes no value without a key, 2 is one"),
    ],
)
def test_what_is_no_value(problems, value, problem):
    (text,) = problems(f"architecture: 'INPUT - {value} - FC'")
    assert text.split("architecture: ", 1)[1].removeprefix("add1: ") == problem


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("ZeroPad2d", "PAD"),
        ("LayerNormalization", "LAYERNORM"),
        ("UpSampling2D", "UPSAMPLE"),
        ("Concatenate", "CONCAT"),
        ("LOGISTIC", "SIGMOID"),
    ],
)
def test_names_in_other_programs(problems, word, name):
    (text,) = problems(f"architecture: INPUT - {word} - FC")
    assert text.endswith(f"unknown layer '{word}'; here it is called {name}")

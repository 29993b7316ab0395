"""Keys of layers in Keras, PyTorch, Caffe and darknet, and what stands for them here.

Keys are compared in small letters without signs between them: `kernel_size` is `kernelsize`.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache

_HERE: dict[str, tuple[str, ...]] = {
    "kernelsize poolsize kernel ksize kernelshape filtersize windowsize fieldsize": ("F",),
    "kernelh kernelw kernelheight kernelwidth": ("F, WIDTHxHEIGHT",),
    "outchannels numoutput units outfeatures nout numfilters nfilters channels features output "
    "outputs outputdim outplanes neurons dimout outputchannels": ("K",),
    "strides stride poolstride scalefactor upscalefactor downscalefactor blocksize "
    "upsamplefactor": ("S",),
    "strideh stridew stridex stridey": ("S, WIDTHxHEIGHT",),
    "padding pads cropping paddings border bordermode paddingsize autopad": ("P",),
    "padh padw padx pady": ("P, WIDTHxHEIGHT",),
    "dilationrate dilations rate dilate atrous": ("dilation", "rate"),
    "group ngroups numgroups cardinality groupcount": ("groups",),
    "usebias biasterm hasbias withbias fitbias": ("bias", "shift"),
    "kernelinitializer weightfiller weightinit initializer weightsinit weightinitializer "
    "depthwiseinitializer filler": ("init",),
    "ceilmode roundmode": ("fit: pad for true, fit: crop for false",),
    "countincludepad": ("count_border",),
    "p prob dropoutratio dropprob dropoutprob probability droprate dropout": ("rate",),
    "keepprob survivalprob": ("rate, 1 minus it",),
    "negativeslope alpha leakiness leak slope": ("slope", "alpha"),
    "epsilon eps variancerepsilon": ("eps",),
    "localsize lrnsize": ("n",),
    "depthradius": ("n, twice it and 1",),
    "bias k kappa": ("k",),
    "alphainitializer initvalue init": ("start",),
    "numparameters sharedaxes channelshared": ("slopes, channel or one",),
    "outputsize targetsize places": ("places", "size"),
    "interpolation resizemode": ("mode",),
    "paddingmode pool pooltype pooling operation kind": ("mode",),
    "outputpadding": ("extra",),
    "shape inputshape batchshape batchinputshape inputparam channels dim inputdim c": (
        "size, WIDTHxHEIGHTxDEPTH",
    ),
    "width height h w targetwidth targetheight": ("size",),
    "decay movingaveragefraction rollingmomentum": ("momentum, 1 minus it",),
    "affine elementwiseaffine usescale": ("scale",),
    "globalpooling": ("F: global",),
    "layerscaleinit gamma multiplier scale": ("by",),
    "normpower normtype": ("mode: L2",),
    "indices axisrange sliceparam": ("channels",),
}
"""The hyperparameter, or what is written for the key; of several, the first that a layer has."""

_ELSEWHERE: dict[str, str] = {
    "inchannels infeatures inputchannels inplanes numfeatures numchannels inputsize "
    "normalizedshape insize nin inputs inputdim": "leave it out: the layer before gives it",
    "inputshape batchinputshape": "leave it out: INPUT has the size, like INPUT(28x28x1)",
    "activation act nonlinearity actlayer activationlayer activationfn relu": "an activation is a "
    "layer of its own, like CONV -> RELU",
    "batchnormalize batchnorm bn norm normlayer usebn usebatchnorm normalization": "BATCHNORM is a "
    "layer of its own, like CONV -> BATCHNORM",
    "dropout droprate recurrentdropout": "DROPOUT is a layer of its own",
    "pool pooling": "POOL is a layer of its own",
    "inplace": "leave it out: layers take each other's memory by themselves",
    "dataformat axis dim channelslast channelsfirst": "leave it out: volumes have the depth last",
    "dtype device engine cudnn": "leave it out: layers compute in float32, on the CPU",
    "trainable requiresgrad learningrate lrmult param": "what is trained how stands in "
    "train: groups",
    "kernelregularizer biasregularizer activityregularizer weightdecay decaymult regularizer l2": ""
    "weight_decay stands in train: optimizer",
    "kernelconstraint biasconstraint": "leave it out: there is none here",
    "biasinitializer biasfiller betainitializer gammainitializer movingmeaninitializer "
    "movingvarianceinitializer": "leave it out: biases begin with 0, and scales with 1",
    "center": "leave it out: there is always a shift",
    "offset": "there is no constant shift; data: {normalise: true} prepares images",
    "startdim enddim": "leave it out: all of an image becomes one vector",
    "trackrunningstats useglobalstats fused renorm virtualbatchsize synchronized": "leave it out: "
    "running statistics are always kept, and taken in evaluation",
    "aligncorners recomputescalefactor antialias": "leave it out: corners are not aligned, as with "
    "false",
    "returnindices returnmask": "leave it out: nothing reads them",
    "depthmultiplier channelmultiplier": "write K, so many times the depth of what is read",
    "paddingmode padmode paddingvalue": "CONV pads with zeros; PAD before it has other modes",
    "maxvalue threshold": "up to 6, RELU6 is that",
    "approximate": "leave it out: it is exact here",
    "seed": "the seed stands in train: seed",
    "batchsize batch batchinput": "the images of a step stand in train: batch_size",
    "inputs layers bottom source input inbound sources": "what it reads stands beside the layer, "
    "in from:",
    "top": "its name stands beside the layer, in name:",
    "type class classname": "the kind is the key of the layer, like conv: {K: 8}",
    "noiseshape inputlength sparse ragged": "leave it out: there is nothing like it",
}
"""What has no hyperparameter, or none in the layer where it is written."""


def _spread(table: Mapping[str, object]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for named, meaning in table.items():
        for word in named.split():
            found.setdefault(word, []).append(meaning)
    return found


@cache
def _tables() -> tuple[dict[str, list[object]], dict[str, list[object]]]:
    return _spread(_HERE), _spread(_ELSEWHERE)


def explain_key(written: str, known: Collection[str]) -> str | None:
    """What stands for a key in a layer with the known hyperparameters: `here it is F`.

    None: the key is not known.
    """
    here, elsewhere = _tables()
    word = _plain(written)
    for targets in here.get(word, ()):
        assert isinstance(targets, tuple)
        for target in targets:
            if re.split("[:,]", target)[0] in known:
                return f"here it is {target}"
    return next((str(text) for text in elsewhere.get(word, ())), None)


def is_known(written: str) -> bool:
    """Whether a key means something in other programs."""
    return any(_plain(written) in table for table in _tables())


def _plain(written: str) -> str:
    return re.sub(r"[\W_]", "", written).lower()

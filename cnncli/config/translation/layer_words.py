"""Layers of Keras, PyTorch, Caffe and darknet that are no family here, and what comes nearest.

What a family is called elsewhere stands with its `Spelling`. A word here has no digits of axes
(2D) at its end. Its text ends the sentence "unknown layer 'SELU'; ".
"""

from collections.abc import Mapping
from functools import cache
from itertools import chain

_NO_SEQUENCES = "there is none here: a network reads single images, and no sequences"
_LEAVE_OUT = "it changes nothing; leave it out, and name the layer before it in from:"
_LOSS = "a loss is no layer here; it is train.loss, which takes the scores"
_AUGMENT = "changes to the images are no layers here; they stand in data: augment"
_PREPARED = "images are prepared by data:, with size and normalise, and not by a layer"
_CONTAINER = "there is none here; write the layers one below the other, or as a block of blocks:"
_DROPS = "there is none here; the nearest is DROPOUT, which drops single numbers"
_SMOOTH = "there is none here; the nearest is TANH, which is smooth"
_SHRINKS = "there is none here; the nearest is RELU, with a bias before it for the threshold"
_SHAPES = "there is none here: a volume keeps its axes; FLATTEN makes a vector of it"
_SCORES = "there is none here: the network gives class scores, one for each class"
_GATES = "there is none here; the nearest is a gate of the channels: "
_GATE = (
    "POOL(F=global, mode=average) -> FC-4 -> RELU -> FC-64 -> SIGMOID, and MUL of it and its input"
)
_NORM = "there is none here; the nearest is LAYERNORM, which subtracts the mean too"

_TEXTS: dict[str, str] = {
    # activations
    "SELU": "there is none here; ELU(alpha=1.6733) -> SCALE(1.0507) is the same",
    "CELU": "there is none here; the nearest is ELU, which is CELU where alpha is 1",
    "MAXOUT": "there is none here; the nearest is PRELU, the larger of x and slope*x, where MAXOUT "
    "takes the largest of several filters",
    "RRELU": "there is none here; LEAKYRELU(slope=0.2292) is what it is after training",
    "GLU": "there is none here; MUL of SPLIT(part=1/2) and of SPLIT(part=2/2) -> SIGMOID is the "
    "same",
    "CRELU": "there is none here; CONCAT of x and of SCALE(-1), and RELU after it, is the same",
    "LOGSIGMOID": "there is none here; SCALE(-1) -> SOFTPLUS -> SCALE(-1) is the same",
    "SOFTMIN": "there is none here; SCALE(-1) -> SOFTMAX is the same",
    "ABS ABSVAL": "there is none here; ADD of RELU and of SCALE(-1) -> RELU is the same",
    "SQUAREPLUS SPARSEPLUS": "there is none here; the nearest is SOFTPLUS, a smooth RELU too",
    "QUICKGELU": "there is none here; the nearest is GELU, which it approximates",
    "HARDMISH": "there is none here; the nearest is MISH, which is smooth",
    "SOFTSIGN LHTAN": _SMOOTH,
    "HARDTANH HARDTAN": f"{_SMOOTH}; from 0 to 6 it is RELU6",
    "HARDSHRINK SOFTSHRINK TANHSHRINK THRESHOLD THRESHOLDEDRELU SHRINK": _SHRINKS,
    "CLIP CLAMP CLIPBYVALUE": "there is none here; the nearest is RELU6, from 0 to 6",
    "LOGSOFTMAX": "leave it out: the loss takes the scores, as train.loss: softmax does",
    "SOFTMAX2D": "there is none here: SOFTMAX is for a vector of class scores",
    "SPARSEMAX": "there is none here; the nearest is SOFTMAX, which has no zeros",
    "EXP EXPONENTIAL": "there is none here; the nearest is SOFTPLUS, which grows less",
    "LOG POWER SQRT SQUARE": "there is none here, and none that is near",
    "STEP STAIR RAMP LOGGY PLSE RELIE": "there is none here; the nearest is SIGMOID or RELU",
    # convolutions, pooling
    "DEFORMCONV DEFORMABLECONV": "there is none here; the nearest is CONV, whose places are fixed",
    "COORDCONV": "there is none here; the nearest is LOCAL, which knows its place by its filters",
    "CONVLSTM CRNN": _NO_SEQUENCES,
    "UNFOLD FOLD IM2COL COL2IM": "there is none here; CONV takes its windows by itself",
    "MAXUNPOOL MAXUNPOOLING": "there is none here; the nearest is UPSAMPLE, which gives all places "
    "the value",
    "FRACTIONALMAXPOOL": "there is none here; the nearest is ADAPTIVEPOOL(places=7, mode=max)",
    "SPP SPATIALPYRAMIDPOOLING": "there is none here; CONCAT of ADAPTIVEPOOL(4, mode=max) -> "
    "FLATTEN, ADAPTIVEPOOL(2, mode=max) -> FLATTEN and POOL(F=global) is the same",
    "SPPF": "there is none here; CONCAT of x and of three POOL(F=5, S=1, P=2) in a row is the same",
    "BLURPOOL ANTIALIAS": "there is none here; the nearest is POOL(mode=average)",
    # joins
    "AVERAGE AVG MEAN": "there is none here; ADD of two, and SCALE(0.5) after it, is the same",
    "SUBTRACT SUB DIFFERENCE": "there is none here; ADD of one and of SCALE(-1) of the other is "
    "the same",
    "MAXIMUM MAX": "there is none here; ADD of b and of RELU of a - b is the same",
    "MINIMUM MIN": "there is none here; ADD of a and of SCALE(-1) of RELU of a - b is the same",
    "DOT MATMUL BATCHMATMUL BILINEARFUSION": "there is none here; the nearest is MUL, number by "
    "number",
    "ATTENTION MULTIHEADATTENTION MHA SELFATTENTION ADDITIVEATTENTION GROUPQUERYATTENTION "
    "TRANSFORMER TRANSFORMERENCODER TRANSFORMERENCODERLAYER TRANSFORMERDECODER "
    "TRANSFORMERDECODERLAYER CBAM NONLOCAL": _GATES + _GATE,
    "SE SEBLOCK SELAYER SQUEEZEEXCITE SQUEEZEEXCITATION SQUEEZEANDEXCITATION": "it is several "
    "layers here: " + _GATE,
    # normalisation, dropping, noise
    "RMSNORM RMSNORMALIZATION": _NORM,
    "L2NORM UNITNORM UNITNORMALIZATION NORMALIZE": _NORM,
    "MVN": "there is none here; the nearest is INSTANCENORM, which has a scale and a shift too",
    "WEIGHTNORM SPECTRALNORM SPECTRALNORMALIZATION": "there is none here; the nearest is "
    "BATCHNORM, which normalises the outputs and not the weights",
    "NORMALIZATION": "of images it is data: {normalise: true}; of neighbouring channels it is LRN",
    "SPATIALDROPOUT DROPOUT2D DROPOUT1D DROPOUT3D ALPHADROPOUT FEATUREALPHADROPOUT "
    "GAUSSIANDROPOUT DROPBLOCK": _DROPS,
    "GAUSSIANNOISE NOISE ACTIVITYREGULARIZATION": "there is none here; the nearest is DROPOUT, "
    "which is noise too",
    # axes
    "PERMUTE TRANSPOSE UNFLATTEN UNSQUEEZE EXPANDDIMS REDUCTION ARGMAX": _SHAPES,
    "REPEATVECTOR TILE REPEAT BROADCAST EXPAND": "there is none here; the nearest is UPSAMPLE, "
    "which repeats pixels, and a gate of MUL, which holds for the whole map",
    "CIRCULARPAD": "there is none here; the nearest is PAD(mode=reflect)",
    # what is no layer
    "IDENTITY EMPTY NOOP PASSTHROUGH SILENCE": _LEAVE_OUT,
    "SEQUENTIAL MODULELIST MODULEDICT MODULE MODEL FUNCTIONAL PARAMETERLIST STAGE": _CONTAINER,
    "BASICBLOCK BOTTLENECK RESBLOCK RESIDUALBLOCK INVERTEDRESIDUAL MBCONV FUSEDMBCONV DENSEBLOCK "
    "INCEPTION C2F C3 CSP FIRE": "there is none here; write its layers as a block of blocks:",
    "LSTM GRU RNN SIMPLERNN RECURRENT BIDIRECTIONAL TIMEDISTRIBUTED LSTMCELL GRUCELL RNNCELL "
    "EMBEDDING EMBEDDINGBAG EMBED MASKING": _NO_SEQUENCES,
    "SOFTMAXWITHLOSS CROSSENTROPY COST ADAPTIVELOGSOFTMAXWITHLOSS CONTRASTIVE": _LOSS,
    "ACCURACY HDF5OUTPUT": "what is measured is no layer here; cnn train records it by itself",
    "YOLO REGION DETECTION GAUSSIANYOLO ISEG CLASSIFY DETECT SEGMENT CTC": _SCORES,
    "RESIZING SMALLERIMAGE NORMALIZEIMAGE": _PREPARED,
    "CUTMIX MIXUP RANDAUGMENT AUTOCONTRAST SOLARIZATION EQUALIZATION": _AUGMENT,
    "PYTHON BUFFER CUSTOM LAMBDA": "there is none here: layers are those of this program",
    "BATCHREINDEX FILTER": "there is none here: each layer reads all images of a step",
}
_ENDS = {"LOSS": _LOSS, "CRITERION": _LOSS}
_BEGINNINGS = {"RANDOM": _AUGMENT}


@cache
def words() -> Mapping[str, str]:
    """Every word with its text."""
    return {word: text for named, text in _TEXTS.items() for word in named.split()}


def find_word(word: str) -> str | None:
    """What to answer to a word in capitals; None: it is not known."""
    if text := words().get(word):
        return text
    ends = (text for end, text in _ENDS.items() if word.endswith(end))
    begins = (text for begin, text in _BEGINNINGS.items() if word.startswith(begin))
    return next(chain(ends, begins), None)

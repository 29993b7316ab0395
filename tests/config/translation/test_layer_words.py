"""Layers of Keras, PyTorch, Caffe and darknet: each is answered by what it means here."""

import pytest

from cnncli.check.check import check_text
from cnncli.config.network.names import other_names, read_word, unknown_layer
from cnncli.config.translation.layer_words import words
from cnncli.layers import families
from cnncli.text import ForeignPath

KERAS = """
Dense EinsumDense Activation Embedding Masking Lambda Identity InputLayer
Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D
Conv1DTranspose Conv2DTranspose Conv3DTranspose
MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalAveragePooling1D GlobalAveragePooling2D
AdaptiveAveragePooling2D AdaptiveMaxPooling2D LSTM GRU SimpleRNN RNN TimeDistributed Bidirectional
ConvLSTM2D Rescaling Normalization CenterCrop Resizing RandomFlip RandomRotation RandomZoom
BatchNormalization LayerNormalization RMSNormalization UnitNormalization SpectralNormalization
GroupNormalization SpatialDropout1D SpatialDropout2D GaussianDropout AlphaDropout GaussianNoise
ActivityRegularization MultiHeadAttention Attention AdditiveAttention GroupQueryAttention Reshape
RepeatVector Permute Cropping1D Cropping2D UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D
Concatenate Average Maximum Minimum Subtract Multiply Dot selu softsign relu6 hard_swish celu glu
hard_sigmoid log_sigmoid hard_tanh hard_shrink tanh_shrink squareplus sparsemax linear exponential
leaky_relu log_softmax threshold Sequential LocallyConnected2D
"""
PYTORCH = """
Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv2d LazyLinear
LazyConvTranspose2d LazyBatchNorm2d Unfold Fold MaxPool1d MaxPool2d MaxPool3d MaxUnpool2d AvgPool1d
AvgPool2d FractionalMaxPool2d LPPool1d LPPool2d AdaptiveMaxPool2d AdaptiveAvgPool2d
AdaptiveAvgPool1d ReflectionPad2d ReplicationPad2d ZeroPad2d ConstantPad2d CircularPad2d Hardshrink
Hardtanh LogSigmoid MultiheadAttention RReLU SELU CELU Softshrink Softsign Tanhshrink Threshold GLU
Softmin Softmax2d LogSoftmax AdaptiveLogSoftmaxWithLoss BatchNorm1d BatchNorm2d BatchNorm3d
SyncBatchNorm InstanceNorm2d LocalResponseNorm RMSNorm CrossMapLRN2d RNN LSTM GRU Transformer
TransformerEncoderLayer Identity Linear Bilinear Dropout1d Dropout2d Dropout3d AlphaDropout
FeatureAlphaDropout Embedding EmbeddingBag CrossEntropyLoss NLLLoss MSELoss PixelShuffle
PixelUnshuffle UpsamplingNearest2d UpsamplingBilinear2d ChannelShuffle Sequential ModuleList
ModuleDict ParameterList Unflatten StochasticDepth SqueezeExcitation FrozenBatchNorm2d DropBlock2d
DeformConv2d Conv2dNormActivation torch.nn.Linear
"""
CAFFE = """
AbsVal Accuracy ArgMax BatchReindex Bias BNLL Clip ContrastiveLoss Convolution Data Deconvolution
DummyData Eltwise Embed EuclideanLoss Exp Filter HDF5Data HDF5Output HingeLoss Im2col ImageData
InfogainLoss InnerProduct Log MemoryData MultinomialLogisticLoss MVN Pooling Power Python Recurrent
Reduction Reshape RNN LSTM SigmoidCrossEntropyLoss Silence Slice SoftmaxWithLoss SPP Threshold Tile
WindowData
"""
DARKNET = """
net network convolutional connected maxpool avgpool local_avgpool cost detection region yolo
Gaussian_yolo iseg crnn rnn lstm gru conv_lstm normalization reorg reorg_old shortcut
scale_channels sam route l2norm logistic activation contrastive empty silence implicit_add
implicit_mul leaky loggy relie ramp plse stair hardtan lhtan
"""

MEANINGS = [
    ("GlobalAveragePooling2D", "here it is POOL(F=global, mode=average)"),
    ("GlobalMaxPooling2D", "here it is POOL(F=global)"),
    ("AveragePooling2D", "here it is POOL(mode=average), whose S is 2 unless it is given"),
    ("avgpool", "darknet's avgpool is POOL(F=global, mode=average)"),
    ("MaxPool2d", "here it is called POOL, whose S is 2 unless it is given; elsewhere it is F"),
    ("AdaptiveAvgPool2d", "ADAPTIVEPOOL; to one place it is POOL(F=global, mode=average)"),
    ("AdaptiveMaxPool2d", "ADAPTIVEPOOL(mode=max), which takes places"),
    ("LPPool2d", "POOL(mode=L2)"),
    ("CONV2D", "called CONV, whose P keeps the size unless it is given; elsewhere it is 0"),
    ("Conv1D", "a line is a map of Wx1xD, with F: 3x1"),
    ("BatchNorm1d", "here it is called BATCHNORM; a line is a map of Wx1xD"),
    ("Conv3d", "there are no layers for three axes here"),
    ("DepthwiseConv2D", "CONV(groups=depthwise), whose K is the depth of what it reads"),
    ("SeparableConv2D", "two layers, CONV(groups=depthwise, bias=false) -> CONV1-64"),
    ("Conv2DTranspose", "called CONVT, whose F and S are 2 unless they are given"),
    ("Linear", "called FC; as an activation it changes nothing: leave it out"),
    ("Dense", "here it is called FC"),
    ("BatchNormalization", "momentum is 1 minus that of Keras"),
    ("LocalResponseNorm", "called LRN, whose alpha is not divided by n"),
    ("Eltwise", "called ADD; its PROD is MUL"),
    ("Multiply", "here it is called MUL"),
    ("scale_channels", "MUL(from=[-1, -3])"),
    ("shortcut", "ADD(from=[-1, -3])"),
    ("route", "a route of one layer is from: of the next layer"),
    ("Average", "ADD of two, and SCALE(0.5) after it, is the same"),
    ("Maximum", "ADD of b and of RELU of a - b is the same"),
    ("SELU", "there is none here; ELU(alpha=1.6733) -> SCALE(1.0507) is the same"),
    ("MAXOUT", "there is none here; the nearest is PRELU"),
    ("leaky", "LEAKYRELU(slope=0.1), whose slope is 0.01 unless it is given"),
    ("RReLU", "LEAKYRELU(slope=0.2292) is what it is after training"),
    ("reorg", "called SPACETODEPTH; darknet's channels have another order"),
    ("PixelShuffle", "DEPTHTOSPACE(order=channels)"),
    ("Cropping2D", "here it is called CROP"),
    ("ZeroPad2d", "here it is called PAD"),
    ("ReflectionPad2d", "PAD(mode=reflect)"),
    ("UpsamplingBilinear2d", "UPSAMPLE(mode=bilinear), whose corners are not aligned"),
    ("Dropout2d", "the nearest is DROPOUT, which drops single numbers"),
    ("RMSNorm", "the nearest is LAYERNORM, which subtracts the mean too"),
    (
        "Normalization",
        "of images it is data: {normalise: true}; of neighbouring channels it is LRN",
    ),
    ("Softmax2d", "SOFTMAX is for a vector of class scores"),
    ("LogSoftmax", "leave it out: the loss takes the scores"),
    ("CrossEntropyLoss", "it is train.loss"),
    ("RandomCrop", "they stand in data: augment"),
    ("LSTM", "a network reads single images, and no sequences"),
    ("SqueezeExcitation", "POOL(F=global, mode=average) -> FC-4 -> RELU -> FC-64 -> SIGMOID"),
    ("MultiHeadAttention", "the nearest is a gate of the channels"),
    ("yolo", "the network gives class scores"),
    ("Identity", "leave it out"),
    ("Lambda", "there is none here: layers are those of this program"),
    ("Filter", "there is none here: each layer reads all images of a step"),
    ("Hardtanh", "the nearest is TANH, which is smooth; from 0 to 6 it is RELU6"),
    ("Reshape", "called FLATTEN where it makes a vector; other shapes there are not"),
    ("MVN", "the nearest is INSTANCENORM, which has a scale and a shift too"),
    ("SPP", "CONCAT of ADAPTIVEPOOL(4, mode=max) -> FLATTEN"),
    ("convolutional", "elsewhere it is 0; darknet's pad: 1 is P: same"),
    ("Pooling", "elsewhere it is F; in Caffe 1, and its maps are those of fit: pad"),
    ("Sequential", "write the layers one below the other"),
    ("tf.keras.layers.Dense", "here it is called FC"),
    ("Conv2dNormActivation", "three layers, CONV(bias=false) -> BATCHNORM -> RELU"),
]
FOLLOWED = [
    "POOL(F=global, mode=average)", "POOL(F=global)", "POOL(mode=average)", "POOL(mode=L2)",
    "CONV(groups=depthwise)", "CONV(groups=depthwise, bias=false) -> CONV1-64", "CONV1",
    "CONV(dilation=2)", "CONV(groups=2)", "CONV(bias=false) -> BATCHNORM -> RELU",
    "ELU(alpha=1.6733) -> SCALE(1.0507)", "LEAKYRELU(slope=0.2292)", "LEAKYRELU(slope=0.1)",
    "SCALE(-1) -> SOFTPLUS -> SCALE(-1)", "FC-2 -> SCALE(-1) -> SOFTMAX", "SPLIT(part=1/2)",
    "SPLIT(part=2/2) -> SIGMOID", "SCALE(0.000001, trained=true, shift=false)",
    "SCALE(1, trained=true)", "PAD(mode=reflect)", "PAD(mode=edge)", "UPSAMPLE(mode=bilinear)",
    "DEPTHTOSPACE(order=channels)", "SPACETODEPTH(order=channels)", "CROP(size=24)",
    "BATCHNORM(momentum=0.01, eps=0.001)", "POOL(F=5, S=1, P=2)",
    "ADAPTIVEPOOL(4, mode=max) -> FLATTEN", "ADAPTIVEPOOL(places=7, mode=max)",
    "RELU -> ADD(from=[-1, -3])", "RELU -> MUL(from=[-1, -3])", "RELU -> CONCAT(from=[-1, -3])",
    "POOL(F=global, mode=average) -> FC-4 -> RELU -> FC-64 -> SIGMOID",
]  # fmt: skip


@pytest.mark.parametrize("word", " ".join((KERAS, PYTORCH, CAFFE, DARKNET)).split())
def test_every_layer_of_other_programs_is_answered_by_its_meaning(word):
    if not read_word(word).family:
        message = unknown_layer(word)
        assert "did you mean" not in message
        assert "the layers are" not in message


@pytest.mark.parametrize(("word", "meaning"), MEANINGS)
def test_what_layers_mean(word, meaning):
    message = unknown_layer(word)
    assert message.startswith(f"unknown layer '{word}'; ")
    assert meaning in message


@pytest.mark.parametrize("pattern", FOLLOWED)
def test_what_is_named_can_be_written(pattern):
    end = "" if pattern.endswith("SOFTMAX") else " - FC-2"
    text = f"architecture: INPUT(32x32x4) - CONV1-4(name=a) - {pattern}{end}\n"
    written = ForeignPath("f.yaml")
    errors = [problem for problem in check_text(text, written).problems if problem.is_error]
    assert errors == []
    texts = [text for _, text in other_names().values()] + list(words().values())
    bare = pattern.removeprefix("FC-2 -> ").removeprefix("RELU -> ")
    assert any(bare in text for text in texts)


def test_no_word_means_two_things():
    """A name stands once: as a family, as another name, or without a family."""
    named = [name for f in families().values() for name in f.spelling.other_names]
    named += [name for f in set(families().values()) for name in f.spelling.meanings]
    assert not set(words()) & set(families())
    assert not set(words()) & set(named)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sellu", "did you mean SELU? there is none here; ELU(alpha=1.6733) -> SCALE(1.0507) is "
         "the same"),
        ("softpluss", "did you mean SOFTPLUS?"),
        ("cropping2dd", "did you mean CROP?"),
        ("convolutin", "did you mean CONV?"),
        ("RELUU", "did you mean RELU?"),
    ],
)  # fmt: skip
def test_spelling_comes_last(word, message):
    assert unknown_layer(word) == f"unknown layer '{word}'; {message}"


def test_a_block_comes_before_layers_that_are_spelled_alike():
    assert unknown_layer("dens", ("dense",)) == (
        "unknown layer 'dens'; did you mean the block dense?"
    )
    assert unknown_layer("Dense", ("dense4",)) == "unknown layer 'Dense'; here it is called FC"

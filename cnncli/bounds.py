"""What hostile input is bounded by, in one table: configurations, files of data, checkpoints.

Each says what it counts and why it is there. What anybody may have written is refused beyond them,
in one line, before memory or time is taken for it; docs/security.md says what is trusted.
"""

# Configurations: the text.
MAX_BYTES = 2**20
"""Of a file: 200 for each of 5,000 layers."""
MAX_VALUES = 50_000
"""Values with those that aliases repeat: nine lines of aliases can stand for a milliard."""
MAX_CHARACTERS = 2**20
"""Of all values, with those that aliases repeat: as many as a file without any may have."""
MAX_DEPTH = 50
"""Levels inside each other, of YAML and of repeats and blocks: what reads them calls itself."""
MAX_NESTING = 50
"""Brackets of a pattern inside each other, for the same reason."""
MAX_COMPARED = 100
"""Letters of a word for `did you mean`; a known word of three times as many is like none."""
MAX_BLOCK_FILES = 50
"""Of a configuration, with those that they name: each is opened, and reading one calls itself."""
MAX_PATH_BYTES = 4_096
"""Of `data.root` and files of blocks: Linux takes no longer path."""
MAX_OVERRIDES = 2_000
"""Of a command and those before it, each of which is read like a small file."""
MAX_KEPT_VALUE = 1_000
"""Characters of what an override replaced, as a run keeps it; of a longer value it is a digest."""

# Configurations: the network.
MAX_LAYERS = 5_000
"""Of a network after repeats and blocks; a ResNet of 1,001 layers has 4,000 with all between."""
MAX_INPUTS = 20_000
"""Of all layers together; a layer may read many others."""
MAX_SOURCES = 1_000
"""Names in one `from`."""
MAX_VARIABLES = 1_000
"""Each is put into every layer that names it."""
MAX_PARAMETERS = 100
"""Of a block, each of which is set anew at every use."""
MAX_SETS = 2_000
"""Values that blocks set over all their uses."""
MAX_NAME = 250
"""Characters of a layer's name, those of the blocks around it included, or of a group's."""
MAX_NAMES = 100
"""In all groups of `train`: each is looked for in the whole network."""
MAX_NUMBERS = 2**31
"""Of a layer's output for one image, and of each trained array: 8 GiB."""
MAX_BORDER = 2**16
"""Pixels around an image that augmentations and views add: more than any image is large."""
MAX_INIT_STD = 1e30
"""Of weights at the start: what is drawn, and its product with a pixel, is a float32."""
MAX_PERIOD = 256
"""Places after which what neurons see repeats, of which each is looked at by itself."""
MAX_PLACES = 512
"""Of a map, the same of those near its border, whose fields are cut."""
MAX_CHANNELS = 1_024
"""Of a volume, of which each is asked for what it sees; of more all are said to see the same."""
MAX_PIECES = 1_000
"""Into how many a kernel's own buffers are divided; more would take long to count."""
MAX_EXPRESSION = 500
"""Characters of an expression, which is evaluated for every layer that it stands in."""
MAX_EXPRESSION_NESTING = 10
"""Brackets of an expression inside each other: what reads and evaluates them calls itself."""
MAX_EXPRESSION_DIGITS = 100
"""Of a numerator or denominator; products of more factors would take long."""
MAX_LINKS = 30
"""Names that stand for each other in a row, to where a value comes from: each calls the next."""
MAX_CONSTANTS = 20
"""On which a value may depend that is evaluated anew for others."""

# What messages show.
MAX_TOLD = 1_000
"""Problems of a file; the others are not looked for."""
MAX_LINE = 1_000
"""Characters of a line of a message."""
MAX_SOURCE_LINE = 100
"""Characters of a line of a file; of a longer one those around the place are shown."""
MAX_SHOWN_VALUE = 60
"""Characters of a value."""
MAX_SHOWN_OVERRIDE = 200
"""Characters of an override."""
MAX_SHOWN_FOUND = 200
"""Characters of what was found in a file or came from a server: it may be anything."""
MAX_DIFFERENCES = 20
"""Arrays and algorithms of a checkpoint that are not the network's."""

# Data sets of anybody.
MAX_GROWN_BYTES = 2**27
"""Bytes that compressed data may grow to in any case."""
MAX_GROWTH = 50
"""How many times its size it may grow beyond that: images grow by 2 to 10, zeros by 1,000."""
MAX_CLASSES = 10_000
"""Of how many images of each were taken for each other is counted: 0.8 GB of counts."""
MAX_CLASS_NAME = 1_000
"""Characters of a class's name in an array or a table."""
MAX_LABELS = 2**24
"""They take 8 bytes each in memory; no set of images that fits into it has more."""
MAX_FILE_BYTES = 3 * 2**26
"""Of all files of CIFAR's layouts together, which are read whole: they hold 186 million."""
MAX_MEMBERS = 100_000
"""Of a gzip file; programs that write several make one for each 64 KiB or more."""
MAX_LIST_BYTES = 2**20
"""Of the list of members at the end of an npz archive, which becomes objects."""
MAX_HEADER_BYTES = 10_000
"""Of an array in NumPy's format, which is read as Python would write it."""
MAX_ARRAY_SIDE = 2**63
"""Of an array's shape: NumPy's own sizes are of 64 bits."""

# Tables.
MAX_TABLE_BYTES = 2**30
"""Of a CSV file; CIFAR's images in one, a number for each pixel, have 550 million."""
MAX_TABLE_LINE = 2**20
"""Characters of a row, which is read whole; 3,072 pixels have 12,288."""
MAX_TABLE_ROWS = 2**20
"""A row that names a file takes some hundred bytes in memory."""

# Images of a folder.
MAX_PIXELS = 2**25
"""Of an image as it is stored; at 14 bytes each, which reading may take, that is 450 MiB."""
MAX_WEBP_PIXELS = 25_000_000
"""Of a WebP, whose reading takes 18 bytes each."""
MAX_SCANS = 32
"""Passes over all pixels of a JPEG; libjpeg writes ten."""
MAX_PPM_HEADER = 1_024
"""Bytes, with its remarks."""
MAX_TEXT_BYTES = 2**22
"""Of a PPM in text, whose numbers become objects: enough for 1,000 x 1,000 pixels of grey."""
MAX_LISTED = 20
"""Damaged files that are named; the others are counted."""
MAX_PATTERN = 200
"""Characters of `data.group`, so that what is made of it is small."""
MAX_PATTERN_SECONDS = 20
"""Of the search for `data.group`: a million names take some, and a pattern can take for ever."""

# Training.
MAX_THREADS = 1_024
"""Each has a gradient of its own, and a process where the system can fork."""
MAX_CLASS_WEIGHT = 1e6
"""And one over the smallest: the sum of a batch's weights stays a number."""

MAX_JOBS = 256
"""Each has three pipes, and many systems allow a process 1,024 files."""
MAX_JOB_LINE = 1 << 20
"""Bytes of what one of them says; the rest is taken for another line."""
MAX_SET_RUNS = 1_000
"""Of one set of seeds or folds: a mean of more tells no more."""

# Checkpoints.
MAX_CHECKPOINT_HEADER = 8 << 20
"""Bytes; one of 5,000 layers, each with four arrays, and the largest configuration takes 6 MiB."""
MAX_COUNT = 2**53
"""Of steps, images and epochs: up to there a float has every whole number."""
MAX_SUM = 1e100
"""Of losses: all that float32 can hold, of MAX_COUNT images; some more can be added to it."""
MAX_MEAN = 255
"""Of a channel's pixels, which are bytes."""
MAX_STD = 255
"""Of the same, as a configuration may give it; what is measured is from 1 to 127.5."""
MAX_SCALE = 1000
"""One over the least deviation by which a pixel is divided."""
MAX_PROFILE = 10**9
"""Any number of a machine's profile: nanoseconds, or multiplications of a product."""
MAX_RUN_BYTES = 4 << 20
"""Of run.json: a command line of a megabyte twice, and the algorithms of 5,000 layers."""
MAX_EVENT_FILE = 64 << 20
"""Bytes of a former event file, whose times are read: a quarter of a million lines."""

# Models of other programs.
MAX_ONNX_BYTES = 2**31
"""Of a file: what Protocol Buffers can hold."""
MAX_ONNX_WEIGHTS = MAX_ONNX_BYTES - 2**24
"""Bytes of the weights in it: 16 MiB are left for all else."""
MAX_REPEATED = 64
"""Layers and blocks of which a repeat is looked for in a chain: more are a block or two."""
MAX_OPERATORS = 50_000
"""Of an ONNX model, with those that give its constants: ten for each of 5,000 layers."""
MAX_COMPUTED = 2**28
"""Numbers that such operators give: 1 GiB, nearly twice the weights of the largest VGG."""

# Runs beside each other.
MAX_RUN_METRICS = 64 << 20
"""Bytes of metrics.jsonl, of which lines of epochs become objects: half a million take 600 MiB."""
MAX_RUN_SETTINGS = 1_000
"""Keys of a recorded configuration, each of which may be a column; runs have about 50."""
MAX_RUN_ENTRIES = 1_000_000
"""Files and folders below a folder of runs: a run has eight, and looking at all takes seconds."""

# Downloads; their times are in datasets/download/fetch.py.
MAX_REDIRECTS = 5
"""One after another, as some servers send on for ever."""

# Pages.
MAX_PAGE = 2_000_000
"""Bytes of one, so that it can be sent by mail and opened by a telephone."""
MAX_LIVE_PAGE = 5_000_000
"""The same with the network in it."""
MAX_PAGE_LAYERS = 300
"""Drawn ones, each with a picture, a row and its formulas."""
MAX_PAGE_PICTURES = 48
"""Images of the test set, of up to 7 kB each."""
MAX_PAGE_POINTS = 2_000
"""Of a curve, which has fewer pixels across."""
MAX_PAGE_METRICS = 64 << 20
"""Bytes of metrics.jsonl that are read for a page: half a million lines take 600 MiB of memory."""
MAX_LIVE_PARAMETERS = 1_000_000
"""Of a network in a page, which take 3.6 MB."""
MAX_LIVE_MACS = 50_000_000
"""Multiply-adds of it: a browser takes a quarter of a second."""
MAX_LIVE_NUMBERS = 10_000_000
"""In all its volumes, which a browser keeps: 40 MB."""

# Terminals.
MAX_COLUMNS = 10_000
"""A terminal that says more is not believed."""

# Sweeps.
MAX_TRIALS = 10_000
"""Of a sweep: each is checked before the first, and has a folder."""
MAX_SPACE_KEYS = 100
"""That a sweep may vary: each is looked up for every condition and trial."""
MAX_POINTS = 1_000
"""Of a grid along one key."""
MAX_JOURNAL_LINE = 2**20
"""Bytes of Optuna's journal that one worker may have written in part when it was killed."""

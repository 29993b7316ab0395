import os

import pytest

from cnncli.report.layout.words import can_take, columns, cut, cut_list, cut_place, width, wrap


class Stream:
    def __init__(self, is_terminal, encoding="utf-8"):
        self.is_terminal, self.encoding = is_terminal, encoding

    def isatty(self):
        return self.is_terminal

    def fileno(self):
        return 1


@pytest.fixture
def size(monkeypatch):
    """Sets what the terminal says, and COLUMNS."""

    def of(said, variable=None):
        def ask(number):
            if said is None:
                raise OSError
            return os.terminal_size((said, 24))

        monkeypatch.setattr(os, "get_terminal_size", ask)
        monkeypatch.delenv("COLUMNS", raising=False)
        if variable is not None:
            monkeypatch.setenv("COLUMNS", variable)

    return of


def test_a_pipe_has_no_width(size):
    size(100, "90")
    assert columns(Stream(False)) is None


@pytest.mark.parametrize(
    ("said", "variable", "expected"),
    [
        (100, None, 100),
        (100, "90", 90),
        (100, "garbage", 100),
        (100, "", 100),
        (100, "0", 100),
        (100, "-5", 100),
        (100, "9" * 5000, 100),
        (100, "9" * 20, 10_000),
        (0, None, 80),
        (None, None, 80),
        (7, None, 7),
    ],
)
def test_the_columns_of_a_terminal(said, variable, expected, size):
    size(said, variable)
    assert columns(Stream(True)) == expected


def test_what_an_encoding_takes():
    assert can_take(Stream(True), "×")
    assert not can_take(Stream(True, "ascii"), "×")
    assert not can_take(Stream(True, None), "×")


def test_signs_take_none_one_or_two_columns():
    assert width("abc") == 3
    assert width("層") == 2
    assert width("e\u0301") == 1
    assert width("👩\u200d🔬") == 4


def test_a_name_is_cut_in_the_middle():
    assert cut("stage1.unit2.conv1", 18) == "stage1.unit2.conv1"
    assert cut("stage1.unit2.conv1", 12) == "stage...onv1"
    assert cut("層層層層層層", 8) == "層...層"
    assert cut("abcdef", 2) == ".."


def test_a_place_is_cut_at_its_beginning():
    assert cut_place("first1.batchnorm1.x[0,1]", 12) == "...m1.x[0,1]"
    assert cut_place("short", 12) == "short"


def test_a_list_is_cut_between_words():
    """A value that is shown is whole."""
    assert cut_list("K=512 F=3 S=1 P=1", 16) == "K=512 F=3 ..."
    assert cut_list("K=512 F=3 S=1 P=1", 17) == "K=512 F=3 S=1 P=1"
    assert cut_list("a" * 30, 10) == "aaaa...aaa"


def test_prose_goes_on_further_in():
    text = "net.yaml:3: conv1: the windows do not fit the image\n  This fits:\n  [1] P=1"
    assert wrap(text, 30) == (
        "net.yaml:3: conv1: the windows\n    do not fit the image\n  This fits:\n  [1] P=1"
    )


def test_prose_goes_on_below_the_text_beside_a_label():
    assert wrap("memory   23 GiB of 24 GiB available", 26) == (
        "memory   23 GiB of 24 GiB\n         available"
    )


def test_a_long_word_and_what_is_typed_stay_whole():
    path = "/a/" + "b" * 40
    assert wrap(f"{path}: is not there", 30) == f"{path}:\n    is not there"
    assert wrap("leave it, or `cnn shapes a.yaml --sizes` lists them", 30) == (
        "leave it, or\n    `cnn shapes a.yaml --sizes`\n    lists them"
    )
    command = "to go on: cnn train net.yaml --epochs 5 --out runs/net-1 --resume"
    assert wrap(command, 30) == command


def test_a_quoted_line_is_cut_around_its_caret():
    line = "  - conv: {K: 4, F: 3, S: 2, P: 1, dilation: 2, bias: false}"
    text = f"a: b\n  | {line}\n  | {' ' * 38}^\nand so on"
    shown = wrap(text, 24).split("\n")
    assert shown[0] == "a: b"
    assert shown[-1] == "and so on"
    quote, caret = shown[1:3]
    assert len(quote) == 24
    assert quote[caret.index("^")] == line[38]
    assert wrap("  | short\n  |  ^\n", 24) == "  | short\n  |  ^\n"


@pytest.mark.parametrize("most", [24, 40, 80, 200])
@pytest.mark.parametrize("filling", ["a", "層", "e\u0301", "\t", "層\tb"])
@pytest.mark.parametrize("times", [1, 7, 40])
def test_a_caret_stands_below_its_place(most, filling, times):
    """Also behind signs that take two columns, none, or as many as a tab does."""
    before = filling * times
    pad = "".join(sign if sign == "\t" else " " for sign in before)
    for line in (f"{before}X", f"{before}X{before}"):
        quote, caret = wrap(f"  | {line}\n  | {pad}^", most).split("\n")
        assert width(quote) <= most
        assert width(quote[: quote.index("X")]) == width(caret) - 1
        assert "\t" not in quote + caret


def test_a_caret_behind_the_end_of_a_line():
    for length in (18, 19, 20, 21, 60):
        line = f"{'a' * length}X"
        quote, caret = wrap(f"  | {line}\n  | {' ' * len(line)}^", 24).split("\n")
        assert (quote.index("X") + 1, len(caret) <= 24) == (caret.index("^"), True)


def test_all_words_stay_in_their_order():
    text = "the  quick `brown fox` jumps\n over 1.5 MiB of\tlazy dogs " * 5
    for most in range(1, 100):
        assert wrap(text, most).split() == text.split()

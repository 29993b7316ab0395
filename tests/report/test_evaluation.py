"""How an evaluation is shown."""

from cnncli.report.evaluation import (
    class_table,
    confusion_table,
    never_predicted,
    pictures,
    summary,
)
from cnncli.report.layout.words import width
from cnncli.report.terminal_chart import signs_of

CLASSES = ("cat", "dog", "a very long name", "never seen")
CONFUSION = [[1234, 0, 2, 2], [0, 5, 0, 0], [3, 4, 0, 0], [0, 0, 0, 0]]
MEASURES = [(1234 / 1237, 1234 / 1238, 0.5), (5 / 9, 1.0, 10 / 14), (0.0, 0.0, 0), (0.0, None, 0.0)]
MEANS = (0.5, 0.25, 0.125)

CLASS_TABLE = """\
class             images  precision  recall      F1  most often taken for
----------------  ------  ---------  ------  ------  --------------------
cat                1,238     0.9976  0.9968  0.5000  a very long name (2)
dog                    5     0.5556  1.0000  0.7143
a very long name       7     0.0000  0.0000  0.0000  dog (4)
never seen             0     0.0000       -  0.0000
----------------  ------  ---------  ------  ------  --------------------
mean of classes    1,250     0.5000  0.2500  0.1250
balanced accuracy: 0.2500, the mean recall"""

CONFUSION_TABLE = """\
true \\ taken for    cat  dog  a very lon  never seen
----------------  -----  ---  ----------  ----------
cat               1,234    0           2           2
dog                   0    5           0           0
a very long name      3    4           0           0
never seen            0    0           0           0"""


def test_summary():
    assert summary("cifar10", "test", 10_000, 0.71234, 0.75, 0.98765) == (
        "cifar10, test split, 10,000 images: loss 0.7123, accuracy 0.7500, top-5 0.9877"
    )


def test_all_images():
    assert summary("photos", None, 2, 0, 1, None) == (
        "photos, all, 2 images: loss 0.0000, accuracy 1.0000"
    )


def test_one_image():
    assert summary("own", "train", 1, 0, 1, None) == (
        "own, train split, 1 image: loss 0.0000, accuracy 1.0000"
    )


def test_each_class_and_what_it_is_taken_for():
    """Of equal counts the first class is named."""
    assert class_table(CLASSES, CONFUSION, MEASURES, MEANS) == CLASS_TABLE


def test_the_confusion_matrix():
    assert confusion_table(CLASSES, CONFUSION) == CONFUSION_TABLE


def test_of_many_classes_the_largest_confusions_are_listed():
    def of(classes, confusion=None):
        confusion = confusion or [[0] * classes for _ in range(classes)]
        return confusion_table([f"c{k}" for k in range(classes)], confusion)

    assert len(of(20).splitlines()) == 22
    assert of(21) == ""
    confusion = [[0] * 100 for _ in range(100)]
    confusion[3][3], confusion[7][2], confusion[2][7], confusion[99][0] = 900, 5, 5, 1_200
    assert of(100, confusion) == (
        "true  taken for  images\n"
        "----  ---------  ------\n"
        "c99   c0          1,200\n"
        "c2    c7              5\n"
        "c7    c2              5"
    )
    confusion[50] = [1] * 100
    lines = of(100, confusion).splitlines()
    assert len(lines) == 2 + 20 + 2
    assert lines[-1].split() == ["others", str(99 - 17)]


def test_one_class():
    whole = (1.0, 1.0, 1.0)
    line = class_table(["all"], [[9]], [whole], whole).splitlines()[2]
    assert line.split() == ["all", "9", "1.0000", "1.0000", "1.0000"]
    assert confusion_table(["all"], [[9]]).splitlines()[-1].split() == ["all", "9"]


def test_classes_that_are_never_predicted():
    classes = ["cat", "ship", "dog", "b\nird"]
    confusion = [[3, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]]
    assert never_predicted("test", classes, confusion) == (
        "the network takes no image of the test split for ship (1 image) or b?ird (2 images); it "
        "may need more epochs, or, for a class with few training images, data.sampler: balanced "
        "or train.class_weights: balanced"
    )
    said = never_predicted(None, classes, confusion)
    assert said.startswith("the network takes no image for ship (1 image) or")
    confusion[1][1], confusion[0][3] = 1, 1
    assert never_predicted("test", classes, confusion) is None


def test_pictures_of_few_classes():
    shown = [*pictures(["cat", "a\x1b[1m"], [[9, 1], [0, 4]], [0.9, 1.0], signs_of("ascii"), 30)]
    assert shown == [
        "accuracy of each class\ncat    0.9000  ##############\na?[1m  1.0000  ###############",
        "share of each row, classes as above\nup to . 5 %, : 25 %, + 75 %, # 100 %\n"
        "cat    ##::\n"
        "a?[1m    ##",
    ]


def test_pictures_of_many_classes():
    names = [f"c{k}" for k in range(30)]
    confusion = [[10 * (k == p) for p in range(30)] for k in range(30)]
    confusion[7][7], confusion[7][3], confusion[29][29] = 5, 5, 0
    recalls = [sum(row) and row[k] / sum(row) for k, row in enumerate(confusion)]
    recalls[29] = None
    least, most = (text.split("\n") for text in pictures(names, confusion, recalls, signs_of(None)))
    assert least[:3] == [
        "the least accurate of 30 classes",
        f"c7   0.5000  {'#' * 20}",
        f"c0   1.0000  {'#' * 40}",
    ]
    assert len(least) == 21
    assert most == [
        "the largest confusions, of the class's images",
        f"c7 -> c3  0.5000  {'#' * 20}",
    ]


def test_pictures_of_nothing():
    assert [
        *pictures([f"c{k}" for k in range(30)], [[0] * 30] * 30, [None] * 30, signs_of(None))
    ] == []


def test_pictures_fit_80_columns():
    """Whatever the classes are called."""
    for count in (2, 20, 30):
        for sign in "x層":
            names = [f"{k} {sign * 100}" for k in range(count)]
            confusion = [[1] * count] * count
            for signs in map(signs_of, ("utf-8", "ascii")):
                for text in pictures(names, confusion, [1 / count] * count, signs):
                    assert max(map(width, text.split("\n"))) <= 80


def test_pictures_are_aligned_behind_wide_names():
    first, second = pictures(["猫", "a"], [[1, 0], [0, 1]], [1.0, 1.0], signs_of("ascii"))
    assert {width(line[: line.index("1.0000")]) for line in first.split("\n")[1:]} == {4}
    assert second.split("\n")[2:] == ["猫  ##", "a     ##"]

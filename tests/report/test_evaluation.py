"""How an evaluation is shown."""

from cnncli.report.evaluation import class_table, confusion_table, never_predicted, summary

CLASSES = ("cat", "dog", "a very long name", "never seen")
CONFUSION = [[1234, 0, 2, 2], [0, 5, 0, 0], [3, 4, 0, 0], [0, 0, 0, 0]]
ACCURACIES = [1234 / 1238, 1.0, 0.0, None]

CLASS_TABLE = """\
class             images  accuracy  most often taken for
----------------  ------  --------  --------------------
cat                1,238    0.9968  a very long name (2)
dog                    5    1.0000
a very long name       7    0.0000  dog (4)
never seen             0         -"""

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


def test_one_image():
    assert summary("own", "train", 1, 0, 1, None) == (
        "own, train split, 1 image: loss 0.0000, accuracy 1.0000"
    )


def test_each_class_and_what_it_is_taken_for():
    """Of equal counts the first class is named."""
    assert class_table(CLASSES, CONFUSION, ACCURACIES) == CLASS_TABLE


def test_the_confusion_matrix():
    assert confusion_table(CLASSES, CONFUSION) == CONFUSION_TABLE


def test_the_confusion_matrix_of_many_classes_is_left_out():
    def of(classes):
        return confusion_table([str(k) for k in range(classes)], [[0] * classes] * classes)

    assert len(of(20).splitlines()) == 22
    assert of(21) == ""


def test_one_class():
    assert class_table(["all"], [[9]], [1.0]).splitlines()[-1] == "all         9    1.0000"
    assert confusion_table(["all"], [[9]]).splitlines()[-1].split() == ["all", "9"]


def test_classes_that_are_never_predicted():
    classes = ["cat", "ship", "dog", "b\nird"]
    confusion = [[3, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]]
    assert never_predicted("test", classes, confusion) == (
        "the network takes no image of the test split for ship (1 image) or b?ird (2 images); it "
        "may need more epochs, or, for a class with few training images, data.sampler: balanced "
        "or train.class_weights: balanced"
    )
    confusion[1][1], confusion[0][3] = 1, 1
    assert never_predicted("test", classes, confusion) is None

from cnncli.report.layout.fold import fold


def shown(*names, alike=None):
    alike = alike or [name.rpartition(".")[2] for name in names]
    return [(run.label, run.stop - run.start) for run in fold(names, alike)]


def test_layers_without_blocks():
    assert shown("conv1", "conv2", "fc1") == [("conv1", 1), ("conv2", 1), ("fc1", 1)]


def test_the_first_block_stays_and_the_others_are_one_line():
    assert shown("in", "b1.a", "b1.c", "b2.a", "b2.c", "b3.a", "b3.c", "out") == [
        ("in", 1), ("b1.a", 1), ("b1.c", 1), ("b ×2 more", 4), ("out", 1),
    ]  # fmt: skip


def test_what_differs_is_no_repeat():
    names = ("b1.a", "b1.c", "b2.a", "b2.c")
    assert len(shown(*names, alike=[1, 2, 1, 3])) == 4
    assert len(shown("b1.a", "b1.c", "b2.a", "b2.d")) == 4
    assert len(shown("b1.a", "b1.c", "x", "b2.a", "b2.c")) == 5


def test_blocks_in_blocks():
    names = [f"o{o}.{rest}" for o in (1, 2) for rest in ("i1.a", "i1.b", "i2.a", "i2.b", "c")]
    assert shown(*names) == [
        ("o1.i1.a", 1), ("o1.i1.b", 1), ("o1.i ×1 more", 2), ("o1.c", 1), ("o ×1 more", 5),
    ]  # fmt: skip


def test_one_layer_repeated_once_keeps_its_name():
    assert shown("b1.a", "b2.a") == [("b1.a", 1), ("b2.a", 1)]
    assert shown("b1.a", "b2.a", "b3.a") == [("b1.a", 1), ("b ×2 more", 2)]


def test_names_without_a_stem():
    assert shown("left.a", "right.a", "middle.a")[1] == ("left ×2 more", 2)


def test_every_layer_is_in_one_line():
    names = ["x." * depth + "y" for depth in range(30)] * 3
    runs = fold(names, [1] * len(names))
    assert [run.start for run in runs] == [0, *(run.stop for run in runs)][:-1]
    assert runs[-1].stop == len(names)

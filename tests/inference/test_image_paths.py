"""What paths stand for."""

from cnncli.inference import image_paths
from cnncli.inference.image_paths import files_of, images_in
from cnncli.text import ForeignPath


def test_folders_stand_for_the_images_in_them_in_natural_order(tmp_path):
    for name in ("b/10.png", "b/2.PNG", "a/deep/1.jpg", "b/notes.txt", ".hidden/1.png", "9.gif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = list(files_of([tmp_path / "b" / "notes.txt", ForeignPath(tmp_path)]))
    assert [str(file.relative_to(tmp_path)) for file in found] == [
        "b/notes.txt", "9.gif", "a/deep/1.jpg", "b/2.PNG", "b/10.png"
    ]  # fmt: skip
    assert images_in(found) == 4
    assert images_in([*found, ForeignPath("x.npz")]) is None


def test_a_folder_without_images(tmp_path):
    (error,) = files_of([tmp_path])
    assert str(error) == (
        f"{tmp_path}: expected images (.png, .jpg, .jpeg, .jfif, .jpe, .bmp, .gif, .tif, .tiff, "
        ".webp, .ppm, .pgm), found none; name a folder that holds some"
    )


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(folder, kinds):
        raise PermissionError(13, "Permission denied", str(folder / "in"))

    monkeypatch.setattr(image_paths, "walk", refuse)
    file, error = files_of([tmp_path / "a.png", tmp_path])
    assert file == tmp_path / "a.png"
    assert str(error) == (
        f"{tmp_path}/in: cannot be read: Permission denied; check the path and its permissions"
    )

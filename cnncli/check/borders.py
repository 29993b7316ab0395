"""Changes of images that need more pixels than the images have."""

from collections.abc import Iterator

from cnncli.config.specification import Specification
from cnncli.errors import Problem
from cnncli.layers.fields import Volume
from cnncli.transforms.augmentations import Crop, Shift


def border_problems(spec: Specification, image: Volume) -> Iterator[Problem]:
    """Mirrored borders that are as wide as the image, or wider: there is not enough to mirror."""
    if spec.data is None:
        return
    most = min(image.W, image.H) - 1
    for key, changes in (("augment", spec.data.augment), ("views", spec.data.views)):
        for index, change in enumerate(changes):
            if not isinstance(change, Crop | Shift) or change.border != "reflect":
                continue
            wide = change.pad if isinstance(change, Crop) else change.pixels
            if wide > most:
                message = (
                    f"images of {image.W}x{image.H} pixels can be mirrored for at most {most} "
                    f"pixels behind their edge, not {wide}.\n"
                    f"Use {most} or fewer, or border: zeros."
                )
                yield Problem(spec.place("data", key, index), f"data.{key}[{index}]", message)

"""Profiles of machines: which core type has which."""

import pytest

from cnncli.kernels.conv.profiles import ARM, PACKING, PROFILES, SMALL_KERNELS, profile_of


@pytest.mark.parametrize(
    ("core_type", "profile"),
    [
        ("SkylakeX", SMALL_KERNELS),
        ("SKYLAKEX", SMALL_KERNELS),  # of a build for one processor
        ("Cooperlake", SMALL_KERNELS),
        ("SapphireRapids", SMALL_KERNELS),
        ("Haswell", PACKING),
        ("Zen", PACKING),
        ("Sandybridge", PACKING),
        ("Prescott", PACKING),
        ("SkylakeY", PACKING),
        ("", PACKING),
        (None, PACKING),
        ("armv8", ARM),
        ("armv8sve", ARM),
        ("neoversen1", ARM),
        ("cortexa57", ARM),
        ("VORTEX", ARM),
    ],
)
def test_by_core_type(core_type, profile):
    assert profile_of(core_type) is profile


def test_their_names_differ():
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)

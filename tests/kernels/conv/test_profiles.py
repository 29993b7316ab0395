"""Profiles of machines: which core type has which."""

from dataclasses import astuple

import numpy as np
import pytest

from benchmarks import fit
from cnncli.kernels.conv.cost_model import work
from cnncli.kernels.conv.profiles import (
    ARM,
    PACKING,
    PROFILES,
    SMALL_KERNELS,
    Costs,
    profile_of,
)


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


@pytest.mark.parametrize("core_type", ["SkylakeX", "Haswell"])
def test_the_choice_beside_what_was_measured(core_type):
    """Costs that are fitted to half of the layers choose well for the other half, as do ours."""
    profile = profile_of(core_type)
    for found in fit.told(core_type).values():
        assert len(found) > 100
        assert max(fit.regret(found, fit.by(profile))) < 0.02
        for seen, unseen in ((found[::2], found[1::2]), (found[1::2], found[::2])):
            in_all, average = fit.regret(unseen, fit.by(fit.fit(seen, profile)))
            assert in_all < 0.03
            assert average < 0.03


def test_costs_are_found_that_made_the_times():
    layers = [
        layer._replace(
            ms={
                name: (layer.images * 1e-6 * np.dot(amounts, astuple(_COSTS[name])), 0.0)
                for name, amounts in work(layer.geometry, layer.C, layer.K, layer.images).items()
            }
        )
        for layer in fit.layers()
    ]
    found = fit.fit(layers, PACKING)
    for costs, expected in zip(
        (found.direct, found.columns, found.tiles), _COSTS.values(), strict=True
    ):
        np.testing.assert_allclose(astuple(costs), astuple(expected), rtol=0, atol=1e-6)
    assert fit.regret(layers, fit.by(found)) == (0, 0)


_COSTS = {
    "direct": Costs(20_000, 7, 0.02, 0.1, 0.2),
    "winograd-columns": Costs(40_000, 3, 0.02, 0.5, 0.3),
    "winograd": Costs(60_000, 0, 0.02, 0.6, 0.05),
}

"""Types of numbers in a configuration; texts and booleans are not taken for numbers."""

from typing import Annotated

from cnncli.layers.constraints import Field

Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
"""From 0 to 1, both included."""
Ratio = Annotated[float, Field(strict=True, gt=0, le=1)]
"""From above 0 to 1."""
Share = Annotated[float, Field(strict=True, ge=0, lt=1)]
"""From 0 to below 1."""
Seed = Annotated[
    int, Field(ge=0, lt=2**63, strict=True, title="a whole number from 0 to 2**63 - 1")
]

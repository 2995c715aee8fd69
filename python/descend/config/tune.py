"""[tune]: what `descend tune` searches."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from descend.config.network import HIDDEN
from descend.config.values import Count, OneOf, Section, several


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"the range goes from {ends[0]:g} down to {ends[1]:g}: give the lesser end first")
    return ends


_Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Below1: TypeAlias = Annotated[float, Field(ge=0, lt=1)]
Range: TypeAlias = Annotated[
    tuple[_Positive, _Positive], BeforeValidator(several), AfterValidator(_ascending)
]
Shares: TypeAlias = Annotated[tuple[_Below1, _Below1], BeforeValidator(several), AfterValidator(_ascending)]
Counts: TypeAlias = Annotated[tuple[Count, Count], BeforeValidator(several), AfterValidator(_ascending)]
Activation: TypeAlias = Annotated[str, OneOf("activation", HIDDEN)]


class TuneConfig(Section):
    """Ranges, each with both ends, and lists of choices; a range of one value is not searched."""

    learning_rate: Range = Field(default=(1e-4, 3e-2), description="From and to, on a logarithmic scale.")
    layers: Counts = Field(default=(1, 3), description="How many hidden layers.")
    units: Counts = Field(
        default=(16, 256), description="Units of each hidden layer, on a logarithmic scale."
    )
    activation: Annotated[tuple[Activation, ...], BeforeValidator(several), Field(min_length=1)] = Field(
        default=("relu", "silu"), description="Choices."
    )
    batch_size: Counts = Field(default=(32, 256), description="Rows in a step, on a logarithmic scale.")
    l2: Range = Field(default=(1e-6, 1e-2), description="From and to, on a logarithmic scale.")
    dropout: Shares = Field(default=(0.0, 0.3), description="From and to.")

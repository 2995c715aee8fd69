"""[network]: what is trained."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from descend import _core
from descend.config.values import OneOf, Section, Share, Sizes

HIDDEN = tuple(name for name in _core.ACTIVATIONS if name != "softmax")


class NetworkConfig(Section):
    """The hidden layers; the data decide on the inputs and on the output layer."""

    hidden: Sizes = Field(
        default=(128, 64), description="Units of the hidden layers, first to last; none for a linear model."
    )
    activation: Annotated[str, OneOf("activation", HIDDEN)] = Field(
        default="relu", description=f"Of the hidden layers: {', '.join(HIDDEN)}."
    )
    dropout: Share = Field(default=0.0, description="The share of the hidden units that each step silences.")
    batch_norm: bool = Field(default=False, description="Normalise what goes into each hidden activation.")

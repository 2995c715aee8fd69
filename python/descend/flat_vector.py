"""Where each matrix lies in the flat vector of a network's parameters, and of their gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from descend import _core
from descend.network import Network


class Part(NamedTuple):
    """One matrix, column by column from `begin` on: W, b, gamma or beta (its symbol) of layer l, from 1."""

    l: int
    symbol: str
    shape: tuple[int, int]
    begin: int

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.shape[0] * self.shape[1]

    @property
    def place(self) -> slice:
        """Of these numbers."""
        return slice(self.begin, self.begin + self.size)


def parts(network: Network) -> list[Part]:
    """The matrices in the order of the flat vector."""
    found: list[Part] = []
    begin = 0
    for l, layer in enumerate(network.layers, start=1):
        for symbol in ("W", "b", "gamma", "beta") if layer.batch_norm else ("W", "b"):
            found.append(Part(l, symbol, getattr(layer, symbol).shape, begin))
            begin += found[-1].size
    return found


def check_weights(network: Network) -> None:
    """Refuse a network from whose weights, or running moments, nothing can be learned.

    Raises
    ------
    ValueError
        One of them is not a finite number.
    """
    parameters, state = network.parameters, network.state
    if (place := _core.first_not_finite(parameters[None, :])) is not None:
        i = place[1]
        part = next(part for part in parts(network) if i < part.place.stop)
        row, column = np.unravel_index(i - part.begin, part.shape, order="F")
        name, value = f"{part.symbol}[{part.l}][{row}, {column}]", parameters[i]
    elif (place := _core.first_not_finite(state[None, :])) is not None:
        name, value = f"state[{place[1]}]", state[place[1]]
    else:
        return
    raise ValueError(f"{name} of the network is {value}: begin with finite weights.")

"""Several networks in one: how they train at once, and what they predict together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from descend import _core, checks
from descend.checks import FloatArray
from descend.network import Network

if TYPE_CHECKING:
    from descend.callbacks import Run
    from descend.progress import Progress


class Ensemble:
    """Networks that answer the same question, each in its own way.

    A[L] = mean over members of their A[L]

    Parameters
    ----------
    members : sequence of Network
        With the same inputs, outputs, output activation and dtype, such as `train_ensemble` trains.

    Attributes
    ----------
    members : tuple of Network
        Themselves.
    n_inputs, n_outputs : int
        n[0] and n[L].
    dtype : numpy.dtype
        Of every member.
    output_activation : str
        Likewise.

    Raises
    ------
    TypeError, ValueError
        There is no network, or they do not go together.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        self.members = alike(members)
        first = self.members[0]
        self.n_inputs, self.n_outputs, self.dtype = first.n_inputs, first.n_outputs, first.dtype
        self.output_activation = first.output_activation

    def predict(self, X: object, *, n_threads: int | None = None) -> FloatArray:
        """The mean of the members' outputs.

        Parameters
        ----------
        X : array-like or SciPy sparse (m, n[0])
            An example a row.
        n_threads : int, optional
            How many threads may work; as many as help if not given.

        Returns
        -------
        array (m, n[L])
            Of the networks' dtype.

        Raises
        ------
        TypeError, ValueError, RuntimeError
            As a network's `predict` raises.
        """
        rows = checks.features(X, self.n_inputs, self.dtype)
        return mean([member.predict(rows, n_threads=n_threads) for member in self.members])

    def __repr__(self) -> str:
        return f"Ensemble of {len(self.members)}: {self.members[0]!r}, ..."


def mean(outputs: Sequence[FloatArray]) -> FloatArray:
    """The mean of arrays (m, n[L]), added in their order."""
    total = outputs[0].copy()
    for each in outputs[1:]:
        total += each
    return total / total.dtype.type(len(outputs))


def alike(networks: Sequence[Network] | Ensemble) -> tuple[Network, ...]:
    """The networks, if they go together.

    Raises
    ------
    TypeError, ValueError
        There is no network, one is none or there twice, or they do not go together.
    """
    if isinstance(networks, Ensemble):
        networks = networks.members
    if isinstance(networks, Network):
        raise TypeError(f"networks is {networks!r}: give a list of networks.")
    networks = tuple(networks)
    if not networks:
        raise ValueError("there is no network: give at least one.")
    kinds = []
    for i, network in enumerate(networks):
        if not isinstance(network, Network):
            raise TypeError(f"networks[{i}] is {network!r}: give a Network.")
        kinds.append((network.n_inputs, network.n_outputs, network.output_activation, network.dtype.name))
        if kinds[i] != kinds[0]:
            raise ValueError(
                f"networks[{i}] has inputs, outputs, output activation and dtype {kinds[i]}, and networks[0] "
                f"{kinds[0]}: give networks that agree in these."
            )
        if any(network is other for other in networks[:i]):
            raise ValueError(f"networks[{i}] is there twice: give networks of their own.")
    return networks


class Member(Protocol):
    """A training under way."""

    run: Run
    trainer: Any
    good: bool  # whether its last epochs did not diverge

    def next_look(self) -> int:
        """The epoch after which it wants to look."""

    def learning_rates(self, end: int) -> npt.NDArray[np.float64]:
        """Those of all steps up to the end of an epoch, or one for all."""

    def record(self, rates: npt.NDArray[np.float64]) -> None:
        """Take over what the trainer knows of the epochs that it has finished."""


def threads_each(count: int, n_threads: int) -> int:
    """Most threads of each of so many trainings, at `n_threads` in all; 0 leaves the choice to the core."""
    if count == 1:
        return n_threads
    return max(1, (n_threads or _core.get_num_threads()) // count)


def advance(members: Sequence[Member], display: Progress, n_threads: int) -> None:
    """Run trainings that are at the same epoch on to the next one after which any of them wants to look."""
    epoch = members[0].run.epoch
    end = min(member.next_look() for member in members)
    if len(members) > 1 and display.seconds < math.inf:
        end = epoch + 1
    rates = [member.learning_rates(end) for member in members]
    try:
        if len(members) == 1:
            good = [members[0].trainer.run(end - epoch, rates[0], display.poll, display.seconds)]
        else:
            trainers = [member.trainer for member in members]
            good = _core.run_together(trainers, end - epoch, np.stack(rates), display.poll, n_threads)
        for member, is_good in zip(members, good, strict=True):
            member.good = is_good
    finally:
        for member, of_member in zip(members, rates, strict=True):
            member.record(of_member)

"""Several networks that predict as one."""

from __future__ import annotations

from collections.abc import Sequence

from descend import checks
from descend.checks import FloatArray
from descend.network import Network


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
        rows = checks.features(X, self.n_inputs, self.dtype, n_threads=checks.threads(n_threads))
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

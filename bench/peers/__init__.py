"""Who is measured. Each peer's module is imported only inside that peer's own worker process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from numpy.typing import NDArray

from bench.workloads import Problem


class Model(Protocol):
    """A network, an optimiser and a data set in one library's own terms."""

    def reset(self) -> None:
        """Go back to the problem's weights and a fresh optimiser."""

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train on; the mean cost of each epoch. ``epochs`` is a multiple of the ``epochs_at_once``."""

    def predictor(self, X: NDArray[Any]) -> Callable[[], Any]:
        """A call without arguments that computes the output layer's activations for the rows of ``X``."""


@dataclass(frozen=True)
class Peer:
    """One line of the comparison: a class ``Model(problem, threads, **options)`` in a module of here."""

    name: str
    label: str
    module: str
    requires: str
    dtype: str = "float32"
    options: tuple[tuple[str, str], ...] = ()
    threads_by_affinity: bool = False
    has_levels: bool = True

    @property
    def missing(self) -> str | None:
        """Why this peer cannot run here, or None."""
        return (
            None
            if find_spec(self.requires)
            else f"{self.label} is left out: {self.requires} is not installed"
        )

    @property
    def without_level(self) -> str | None:
        """Why this peer cannot be kept to a level, or None."""
        return None if self.has_levels else f"{self.label} is left out: it cannot be kept to a level"

    def import_module(self) -> Any:
        return import_module(f"bench.peers.{self.module}")

    def model(self, problem: Problem, threads: int) -> Model:
        model: Model = self.import_module().Model(problem, threads, **dict(self.options))
        return model


PEERS = {
    peer.name: peer
    for peer in (
        Peer("descend", "descend", "descend_train", "descend"),
        Peer("descend64", "descend float64", "descend_train", "descend", dtype="float64"),
        Peer("numpy", "NumPy by hand", "numpy_by_hand", "numpy"),
        Peer("sklearn", "scikit-learn", "sklearn_mlp", "sklearn"),
        Peer("torch", "PyTorch eager", "torch_train", "torch", options=(("variant", "foreach"),)),
        Peer("torch-fused", "PyTorch fused", "torch_train", "torch", options=(("variant", "fused"),)),
        Peer(
            "torch-compiled", "PyTorch compiled", "torch_train", "torch", options=(("variant", "compiled"),)
        ),
        Peer("jax", "JAX", "jax_scan", "jax", threads_by_affinity=True),
        Peer("onnxruntime", "onnxruntime", "onnxruntime_predict", "onnxruntime", has_levels=False),
    )
}

TRAINING_PEERS = tuple(name for name in PEERS if name != "onnxruntime")

"""Optimisers: what a step does with the gradient.

g is the gradient of the cost, penalties included and clipped; alpha is the step's learning rate; t = 1, 2,
... counts the steps. An optimiser object keeps its state: training again with the same object goes on where
the last training ended, a new one starts afresh. Its constants may be changed between trainings.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeAlias

import numpy as np

from descend import _core, checks
from descend.checks import FloatArray

Core: TypeAlias = _core.Optimizer32 | _core.Optimizer64


class Optimizer:
    """What all optimisers share: a learning rate and, from the first training on, the core's state."""

    kind: ClassVar[str]
    learning_rate: float
    _core: Core | None = None
    _core_constants: dict[str, float] | None = None

    def __post_init__(self) -> None:
        self._check()

    @property
    def step(self) -> int:
        """Steps done so far."""
        return 0 if self._core is None else self._core.step

    @property
    def state(self) -> FloatArray | None:
        """The moments (k, P), k = 0, 1 or 2, as a writable view; None before the first training."""
        return None if self._core is None else self._core.state

    def prepare(self, n_parameters: int, dtype: np.dtype[Any]) -> Core:
        """The core's optimiser for a network of P parameters, with the state of the training before.

        Raises
        ------
        ValueError
            The state is that of a network of another size or dtype, or a constant is out of its range.
        """
        self._check()
        before = self._core
        if before is not None and (before.state.shape[1], before.state.dtype) != (n_parameters, dtype):
            raise ValueError(
                f"This {type(self).__name__} holds the state of {before.state.shape[1]} {before.state.dtype} "
                f"parameters, and the network has {n_parameters} of {dtype}: "
                "give each network an optimiser of its own."
            )
        if before is None or self._core_constants != self._constants():
            self._core = self._build(n_parameters, dtype)
            if before is not None:
                self.restore(before.step, before.state)
        assert self._core is not None
        return self._core

    def restore(self, step: int, state: FloatArray) -> None:
        """Take the `step` and the `state` (k, P) that another optimiser of this kind had.

        Raises
        ------
        ValueError
            The state has another number of moments.
        """
        core = self._build(state.shape[1], state.dtype)
        if core.state.shape != state.shape:
            raise ValueError(
                f"The state has shape {state.shape}, and {type(self).__name__} keeps {core.state.shape}: "
                "restore it into an optimiser of the kind that it comes from."
            )
        core.state[:] = state
        core.step = step
        self._core = core

    def _constants(self) -> dict[str, float]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "learning_rate"}  # type: ignore[arg-type]

    def _check(self) -> None:
        checks.number("learning_rate", self.learning_rate, above=0)
        for name, value in self._constants().items():
            if name == "epsilon":
                checks.number(name, value, above=0)
            elif name == "momentum":
                checks.number(name, value, at_least=0, at_most=1)
            elif name == "weight_decay":
                checks.number(name, value, at_least=0)
            else:
                checks.number(name, value, at_least=0, below=1)

    def _build(self, n_parameters: int, dtype: np.dtype[Any]) -> Core:
        self._core_constants = self._constants()
        kind = _core.Optimizer32 if dtype == np.float32 else _core.Optimizer64
        return kind(self.kind, n_parameters, **self._core_constants)

    def __getstate__(self) -> tuple[dict[str, float], tuple[int, FloatArray] | None]:
        constants = {"learning_rate": self.learning_rate, **self._constants()}
        return constants, None if self._core is None else (self._core.step, self._core.state.copy())

    def __setstate__(self, pickled: tuple[dict[str, float], tuple[int, FloatArray] | None]) -> None:
        constants, moments = pickled
        self.__dict__.update(constants)
        if moments is not None:
            self.restore(*moments)


@dataclass
class GradientDescent(Optimizer):
    """Steps against the gradient.

    W <- W - alpha g

    Parameters
    ----------
    learning_rate : float
        alpha, above 0.
    """

    kind: ClassVar[str] = "gradient_descent"
    learning_rate: float = 0.01


@dataclass
class Momentum(Optimizer):
    """Gathers speed in directions that persist (Polyak 1964).

    v <- mu v - alpha g
    W <- W + v

    Parameters
    ----------
    learning_rate : float
        alpha, above 0.
    momentum : float
        mu, from 0 to 1.
    """

    kind: ClassVar[str] = "momentum"
    learning_rate: float = 0.01
    momentum: float = 0.9


@dataclass
class Nesterov(Optimizer):
    """Momentum that looks ahead (Nesterov 1983, in the form of Sutskever et al. 2013).

    v <- mu v - alpha g
    W <- W + mu v - alpha g

    Parameters
    ----------
    learning_rate : float
        alpha, above 0.
    momentum : float
        mu, from 0 to 1.
    """

    kind: ClassVar[str] = "nesterov"
    learning_rate: float = 0.01
    momentum: float = 0.9


@dataclass
class RMSprop(Optimizer):
    """Divides each gradient by the root of its recent mean square (Tieleman and Hinton 2012).

    s <- rho s + (1 - rho) g^2
    W <- W - alpha g / (sqrt(s) + epsilon)

    Parameters
    ----------
    learning_rate : float
        alpha, above 0.
    rho : float
        How much of the mean is kept, of at least 0 and below 1.
    epsilon : float
        Keeps the division finite, above 0; outside the root.
    """

    kind: ClassVar[str] = "rmsprop"
    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8


@dataclass
class Adam(Optimizer):
    """Momentum and RMSprop with their bias corrected (Kingma and Ba 2015).

    v <- beta1 v + (1 - beta1) g
    s <- beta2 s + (1 - beta2) g^2
    W <- W - alpha (v / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)

    Parameters
    ----------
    learning_rate : float
        alpha, above 0.
    beta1, beta2 : float
        How much of the means is kept, of at least 0 and below 1.
    epsilon : float
        Keeps the division finite, above 0; outside the root, after the correction.
    """

    kind: ClassVar[str] = "adam"
    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


@dataclass
class AdamW(Adam):
    """Adam with decay decoupled from the gradient (Loshchilov and Hutter 2019).

    W <- W - alpha weight_decay W, then as Adam; b never decays

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon : float
        As for Adam.
    weight_decay : float
        The share of W that a step at learning rate 1 would take away, of at least 0.
    """

    kind: ClassVar[str] = "adamw"
    weight_decay: float = 0.01


KINDS: dict[str, type[Optimizer]] = {
    kind.kind: kind for kind in (GradientDescent, Momentum, Nesterov, RMSprop, Adam, AdamW)
}


def resolve(optimizer: Optimizer | str | None) -> Optimizer:
    """The optimiser itself, a new one by its name, or a new Adam for None.

    Raises
    ------
    TypeError, ValueError
        It is neither an optimiser nor the name of one.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if optimizer is None:
        return Adam()
    return KINDS[checks.known_name("optimizer", optimizer, KINDS)]()

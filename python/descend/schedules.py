"""Schedules: how the learning rate changes over a training.

A schedule multiplies the optimiser's learning rate by a factor of t, the number of epochs done before the
step, with its fraction: step k of an epoch of S steps has t = epoch + k / S.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from descend import checks
from descend.callbacks import Callback, Monitor, Run

Float64Array: TypeAlias = npt.NDArray[np.float64]

# The core takes so many steps at a time: their learning rates are 1 MB, and Ctrl-C does not wait for long
# until their costs are noted.
_STEPS_AHEAD = 2**17


def epochs_ahead(steps_per_epoch: int) -> int:
    """How many epochs the core runs at a time, at most."""
    return max(1, _STEPS_AHEAD // steps_per_epoch)


def rates_of_epochs(rates: Float64Array, steps_per_epoch: int, epochs: int) -> list[float]:
    """The learning rate with which each of some epochs began; `rates` has all steps', or one for all."""
    of_epochs: list[float] = rates[::steps_per_epoch][:epochs].tolist()
    return of_epochs if rates.size > 1 else of_epochs * epochs


class Schedule:
    """What all schedules share."""

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """What has to look at the training between its epochs."""
        return ()

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """The factor at each t of a training of that many epochs, same shape as t.

        Raises
        ------
        NotImplementedError
            This schedule has no formula.
        """
        raise NotImplementedError

    def rates(self, rate: float, epoch: int, end: int, steps_per_epoch: int, epochs: int) -> Float64Array:
        """The learning rates of all steps from one epoch to another, of `epochs`, or one for all."""
        t = np.arange(epoch * steps_per_epoch, end * steps_per_epoch) / steps_per_epoch
        return rate * self.factors(t, epochs)


@dataclass
class Constant(Schedule):
    """The optimiser's learning rate, until a callback scales it.

    factor(t) = 1
    """

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """1 at each t."""
        return np.ones_like(t)

    def rates(self, rate: float, epoch: int, end: int, steps_per_epoch: int, epochs: int) -> Float64Array:
        """One for all steps."""
        return np.array([rate])


@dataclass
class Step(Schedule):
    """Lower by a factor every few epochs.

    factor(t) = factor^floor(t / every)

    Parameters
    ----------
    every : float
        Epochs between two drops, above 0.
    factor : float
        What a drop multiplies by, above 0 and of at most 1.

    Raises
    ------
    TypeError, ValueError
        every or factor is no number in its range.
    """

    every: float = 10
    factor: float = 0.5

    def __post_init__(self) -> None:
        checks.number("Step's every", self.every, above=0)
        checks.number("Step's factor", self.factor, above=0, at_most=1)

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """The formula above at each t."""
        return np.asarray(self.factor ** np.floor(t / self.every))


@dataclass
class Exponential(Schedule):
    """Lower by the same share in every epoch, a little in each step.

    factor(t) = factor^t

    Parameters
    ----------
    factor : float
        What an epoch multiplies by, above 0 and of at most 1.

    Raises
    ------
    TypeError, ValueError
        factor is no number in this range.
    """

    factor: float = 0.95

    def __post_init__(self) -> None:
        checks.number("Exponential's factor", self.factor, above=0, at_most=1)

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """The formula above at each t."""
        return np.asarray(self.factor**t)


@dataclass
class Cosine(Schedule):
    """Down along half a cosine (Loshchilov and Hutter 2017, without restarts).

    factor(t) = minimum + (1 - minimum) (1 + cos(pi min(t / epochs, 1))) / 2

    Parameters
    ----------
    epochs : float, optional
        How long the way down takes; the whole training if not given.
    minimum : float
        The factor at its end, from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        epochs or minimum is no number in its range.
    """

    epochs: float | None = None
    minimum: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs is not None:
            checks.number("Cosine's epochs", self.epochs, above=0)
        checks.number("Cosine's minimum", self.minimum, at_least=0, at_most=1)

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """The formula above at each t."""
        progress = np.minimum(t / (epochs if self.epochs is None else self.epochs), 1.0)
        return np.asarray(self.minimum + (1 - self.minimum) * (1 + np.cos(np.pi * progress)) / 2)


@dataclass
class Warmup(Schedule):
    """Up along a line, and then another schedule, its t counted from there.

    factor(t) = start + (1 - start) t / epochs while t < epochs, else then(t - epochs)

    Parameters
    ----------
    epochs : float
        How long the way up takes, above 0; it may be a fraction.
    start : float
        The factor of the first step, from 0 to 1.
    then : Schedule
        What follows.

    Raises
    ------
    TypeError, ValueError
        epochs or start is no number in its range, or `then` is no schedule.
    """

    epochs: float = 1.0
    start: float = 0.1
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        checks.number("Warmup's epochs", self.epochs, above=0)
        checks.number("Warmup's start", self.start, at_least=0, at_most=1)
        if not isinstance(self.then, Schedule):
            raise TypeError(f"Warmup's then is {self.then!r}: give a schedule, such as Cosine().")

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Those of the schedule that follows."""
        return self.then.callbacks

    def factors(self, t: Float64Array, epochs: float) -> Float64Array:
        """The formula above at each t."""
        rising = self.start + (1 - self.start) * t / self.epochs
        rest = max(epochs - self.epochs, np.finfo(float).tiny)
        return np.where(t < self.epochs, rising, self.then.factors(np.maximum(t - self.epochs, 0.0), rest))


@dataclass
class ReduceOnPlateau(Constant, Callback):
    """Lower by a factor whenever a quantity has not improved for some epochs.

    Parameters
    ----------
    factor : float
        What a drop multiplies by, above 0 and below 1.
    patience : int
        Drop after that many epochs without improvement or drop.
    min_delta : float
        By how much a value must beat the best to be an improvement, of at least 0.
    monitor : str, optional
        "cost" or a name in `history.metrics`; "val_cost" if not given, or "cost" without a validation set.
    minimum : float
        The product of all drops goes no lower, from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        An argument is no number in its range.
    """

    factor: float = 0.5
    patience: int = 5
    min_delta: float = 0.0
    monitor: str | None = None
    minimum: float = 0.0

    def __post_init__(self) -> None:
        checks.number("ReduceOnPlateau's factor", self.factor, above=0, below=1)
        checks.integer("patience", self.patience, 1)
        checks.number("min_delta", self.min_delta, at_least=0)
        checks.number("ReduceOnPlateau's minimum", self.minimum, at_least=0, at_most=1)

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Itself: it looks after every epoch."""
        return (self,)

    def on_train_begin(self, run: Run) -> None:
        """Forget the training before."""
        self._monitor = Monitor(run, self.monitor, self.min_delta)
        self._since = 0

    def on_epoch_end(self, run: Run) -> None:
        """Count on, or drop."""
        if self._monitor.improved():
            self._since = run.epoch
        elif run.epoch - self._since >= self.patience:
            self._since = run.epoch
            run.learning_rate_scale = max(run.learning_rate_scale * self.factor, self.minimum)

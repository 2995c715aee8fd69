"""Callbacks: objects that look at a training between its epochs, and may stop it.

The core runs on until the next epoch that some callback wants to see, and the network is at rest while they
look: they may read and change its parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from descend import checks, metrics

if TYPE_CHECKING:
    from descend.checks import Examples, FloatArray
    from descend.history import History
    from descend.network import Network
    from descend.optimizers import Optimizer


@dataclass
class Run:
    """One training under way, as callbacks see it.

    Attributes
    ----------
    network, optimizer, history
        What is trained, with what (None for L-BFGS), and the record so far.
    epochs : int
        How many epochs were asked for.
    validation : Examples or None
        X, Y and weight of the validation set, as the core takes them.
    stop : bool
        Set it to True to end the training after this epoch.
    learning_rate_scale : float
        Multiplies the learning rate of all steps to come.
    """

    network: Network
    optimizer: Optimizer | None
    history: History
    epochs: int
    validation: Examples | None
    stop: bool = False
    learning_rate_scale: float = 1.0

    @property
    def epoch(self) -> int:
        """Epochs finished so far."""
        return len(self.history.cost)

    @property
    def goes_on(self) -> bool:
        """Whether there are epochs to come."""
        return self.epoch < self.epochs and not self.stop


class Callback:
    """What a callback may do; override what you need.

    Attributes
    ----------
    every : int
        `on_epoch_end` is called after each `every`-th epoch.
    """

    every: int = 1

    def on_train_begin(self, run: Run) -> None:
        """Before the first step; an exception raised here leaves the network untouched."""

    def on_epoch_end(self, run: Run) -> None:
        """After each `every`-th epoch, its cost and metrics in the history."""

    def on_train_end(self, run: Run) -> None:
        """After the last step, however training ended: `run.history.outcome` tells."""


class Monitor:
    """The best value so far of a quantity in the history.

    Parameters
    ----------
    run : Run
        The training.
    name : str or None
        "cost", or a name in `history.metrics`; None is "val_cost" where there is a validation set, else
        "cost".
    min_delta : float
        By how much a value must beat the best to be better.

    Raises
    ------
    ValueError
        This training does not record the quantity.
    """

    def __init__(self, run: Run, name: str | None, min_delta: float) -> None:
        recorded = {"cost": run.history.cost, **run.history.metrics}
        if name is None:
            name = "cost" if run.validation is None else "val_cost"
        if name.startswith("val_") and run.validation is None:
            raise ValueError(
                f"monitor is {name!r}, and there is no validation set: give `validation` to train, or "
                "`validation_data` to an estimator's fit, or monitor 'cost'."
            )
        self._values = recorded[checks.known_name("monitor", name, recorded)]
        self._sign = 1 if metrics.greater_is_better(name) else -1
        self._min_delta = min_delta
        self.best = -self._sign * math.inf
        self.epoch = 0

    def improved(self) -> bool:
        """Whether the last epoch is the best so far; if so, it is remembered."""
        value = self._values[-1]
        if not self._sign * (value - self.best) > self._min_delta:
            return False
        self.best, self.epoch = value, len(self._values)
        return True


@dataclass
class EarlyStopping(Callback):
    """Stop when a quantity has not improved for some epochs.

    Parameters
    ----------
    patience : int
        Stop after that many epochs without improvement.
    min_delta : float
        By how much a value must beat the best to be an improvement, of at least 0.
    monitor : str, optional
        "cost" or a name in `history.metrics`; "val_cost" if not given, or "cost" without a validation set.
    restore_best : bool
        Whether the network ends with the weights of the best epoch. An interrupted training keeps its last
        weights; the best are then in `best_parameters`.

    Attributes
    ----------
    best_epoch : int
        The best epoch, counted from 1.
    best : float
        Its value.
    best_parameters, best_state : array (P,), array (S,) or None
        Copies of its weights and of batch normalisation's state, if they are to be restored.

    Raises
    ------
    TypeError, ValueError
        patience is no whole number of at least 1, or min_delta no number of at least 0.
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: str | None = None
    restore_best: bool = True
    best_epoch: int = field(default=0, init=False, compare=False)
    best: float = field(default=math.nan, init=False, compare=False)
    best_parameters: FloatArray | None = field(default=None, init=False, repr=False, compare=False)
    best_state: FloatArray | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.integer("patience", self.patience, 1)
        checks.number("min_delta", self.min_delta, at_least=0)

    def on_train_begin(self, run: Run) -> None:
        """Forget the training before."""
        self._monitor = Monitor(run, self.monitor, self.min_delta)
        self.best_epoch, self.best, self.best_parameters, self.best_state = 0, math.nan, None, None

    def on_epoch_end(self, run: Run) -> None:
        """Remember the epoch if it is the best, or stop if the best is too long ago."""
        if self._monitor.improved():
            self.best_epoch, self.best = self._monitor.epoch, self._monitor.best
            if self.restore_best:
                self.best_parameters = run.network.parameters.copy()
                self.best_state = run.network.state.copy()
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop = True

    def on_train_end(self, run: Run) -> None:
        """Give the network its best weights back."""
        if self.best_parameters is None or self.best_state is None:
            return
        if run.history.outcome in ("finished", "stopped"):
            run.network.parameters, run.network.state = self.best_parameters, self.best_state

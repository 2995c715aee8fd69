"""Training on examples that come part by part: what the loop over epochs takes for a trainer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from descend import _core, checks
from descend.ahead import ahead
from descend.checks import Examples
from descend.network import Network
from descend.trainer import CoreOptimizer, Settings, core_trainer


@runtime_checkable
class Stream(Protocol):
    """Examples that are too many to be held at once, such as `descend.stream` opens."""

    @property
    def n_rows(self) -> int:
        """M."""
        ...

    def parts(
        self, epoch: int, *, seed: int, batch_size: int, shuffle: bool
    ) -> Iterable[tuple[object, object, object]]:
        """X, y and weights (or None) of each part of an epoch; all parts but the last have whole batches."""
        ...


@dataclass
class StreamTrainer:
    """As the core's trainer, over parts: one after the other, with the same optimiser.

    While the core trains on a part, a thread reads and checks the next.
    """

    network: Network
    optimizer: CoreOptimizer
    stream: Stream
    loss: _core.Loss
    weigh: Callable[[Examples], Examples]
    settings: Settings
    epoch: int = 0
    _costs: list[float] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def costs(self, begin: int = 0) -> NDArray[np.float64]:
        """Of every finished epoch from `begin` on."""
        return np.array(self._costs[begin:])

    def times(self, begin: int = 0) -> NDArray[np.float64]:
        """Seconds, of every finished epoch from `begin` on."""
        return np.array(self._times[begin:])

    @property
    def steps_per_epoch(self) -> int:
        """How many batches the rows make."""
        return -(-self.stream.n_rows // self.settings["batch_size"])

    def run(
        self,
        epochs: int,
        learning_rates: NDArray[np.float64],
        poll: Callable[[int, int], None],
        seconds: float,
    ) -> bool:
        """Up to so many epochs, fewer where `seconds` have passed; False where training diverged.

        Then network and optimiser are back at the end of their last good epoch.
        """
        deadline = time.perf_counter() + seconds
        steps = self.steps_per_epoch
        for e in range(epochs):
            rates = _of_steps(learning_rates, e * steps, (e + 1) * steps)
            before = self.network.parameters.copy(), self.optimizer.state.copy(), self.optimizer.step
            if not self._epoch(rates, poll):
                self.network.core.parameters[:], self.optimizer.state[:], self.optimizer.step = before
                return False
            if time.perf_counter() >= deadline:
                break
        return True

    def _epoch(self, rates: NDArray[np.float64], poll: Callable[[int, int], None]) -> bool:
        """Whether the costs of all steps were finite."""
        began, epoch, step = time.perf_counter(), self.epoch, 0
        self.epoch += 1
        cost = weight = 0.0
        for number, part in enumerate(ahead(self._examples(epoch))):
            trainer = core_trainer(self.network, self.optimizer, part, self.loss, self.settings)
            trainer.epoch = epoch * self.steps_per_epoch + number
            steps = trainer.steps_per_epoch
            tell = partial(_tell, poll, epoch, step)
            if not trainer.run(1, _of_steps(rates, step, step + steps), tell):
                return False
            step += steps
            of_part = len(part.Y) if part.weight is None else float(part.weight.sum())
            cost += float(trainer.costs()[0]) * of_part
            weight += of_part
        self._costs.append(cost / weight)
        self._times.append(time.perf_counter() - began)
        return True

    def _examples(self, epoch: int) -> Iterator[Examples]:
        parts = self.stream.parts(
            epoch,
            seed=self.settings["seed"],
            batch_size=self.settings["batch_size"],
            shuffle=self.settings["shuffle"],
        )
        for X, y, weight in parts:
            yield self.weigh(checks.examples(self.network, X, y, weight, self.loss.name))


def _of_steps(rates: NDArray[np.float64], begin: int, end: int) -> NDArray[np.float64]:
    return rates if rates.size == 1 else rates[begin:end]


def _tell(poll: Callable[[int, int], None], epoch: int, before: int, _: int, step: int) -> None:
    poll(epoch, before + step)

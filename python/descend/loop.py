"""The loop over epochs, of one training or of several at once."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

from descend.callbacks import Callback, Run
from descend.errors import DivergedError
from descend.optimizers import Optimizer
from descend.progress import Progress
from descend.schedules import Float64Array, Schedule, epochs_ahead, rates_of_epochs
from descend.streaming import StreamTrainer
from descend.together import advance
from descend.trainer import CoreTrainer
from descend.validation import Judge


@dataclass
class Loop:
    """The epochs of one training, judged and looked at in between."""

    run: Run
    optimizer: Optimizer
    trainer: CoreTrainer | StreamTrainer
    judge: Judge
    schedule: Schedule
    observers: list[Callback]
    good: bool = True
    rate: float = 0.0  # the greatest of the last epochs

    def begin(self) -> None:
        """Tell everybody of the training."""
        for observer in self.observers:
            observer.on_train_begin(self.run)

    def look(self) -> None:
        """Judge the last epoch, and let everybody look who wants to.

        Raises
        ------
        DivergedError
            There is none: the network is at the end of the one before.
        """
        run, history = self.run, self.run.history
        if not self.good:
            weights = "its last good weights" if run.epoch > 0 else "the weights it began with"
            raise DivergedError(
                f"Training diverged in epoch {run.epoch + 1}, and the network is back at {weights}: "
                f"try a learning rate below {self.rate:g}, clip_norm=1.0, or features scaled to variance 1.",
                history,
                run.epoch + 1,
            )
        for name, value in self.judge.values().items():
            history.metrics[name].append(value)
        for observer in self.observers:
            if run.epoch % observer.every == 0:
                observer.on_epoch_end(run)

    def end(self) -> None:
        """Note how training ended, and tell everybody."""
        run, history = self.run, self.run.history
        if history.outcome == "running":
            history.outcome = "stopped" if run.stop else "finished"
        for values in history.metrics.values():
            values += [math.nan] * (run.epoch - len(values))
        for observer in self.observers:
            observer.on_train_end(run)

    def next_look(self) -> int:
        """The epoch after which Python is wanted next."""
        epoch = self.run.epoch
        looks = [observer.every for observer in self.observers] + [1] * bool(self.judge.names)
        ends = [(epoch // every + 1) * every for every in looks]
        ends.append(epoch + epochs_ahead(self.trainer.steps_per_epoch))
        return min([self.run.epochs, *ends])

    def learning_rates(self, end: int) -> Float64Array:
        """Those of all steps up to the end of an epoch, or one for all."""
        run = self.run
        rate = run.learning_rate_scale * self.optimizer.learning_rate
        return self.schedule.rates(rate, run.epoch, end, self.trainer.steps_per_epoch, run.epochs)

    def record(self, rates: Float64Array) -> None:
        """Take over what the trainer knows of the epochs that it has finished."""
        history = self.run.history
        begin = len(history.cost)
        costs: list[float] = self.trainer.costs(begin).tolist()
        history.cost += costs
        history.times += self.trainer.times(begin).tolist()
        history.learning_rate += rates_of_epochs(rates, self.trainer.steps_per_epoch, len(costs))
        self.rate = float(rates.max())


def run(loops: list[Loop], display: Progress, n_threads: int) -> None:
    """Run all epochs of several trainings at once, and note how they ended."""
    for loop in loops:
        loop.begin()
    try:
        while going := [loop for loop in loops if loop.run.goes_on]:
            advance(going, display, n_threads)
            for loop in going:
                loop.look()
            display.epoch_end()
    except KeyboardInterrupt:
        for loop in going:
            loop.run.history.outcome = "interrupted"
        warnings.warn(
            f"Training was interrupted in epoch {going[0].run.epoch + 1}: "
            "the network keeps what the steps finished so far have made of it.",
            stacklevel=4,
        )
    except BaseException as error:
        for loop in going:
            diverged = isinstance(error, DivergedError) and error.history is loop.run.history
            loop.run.history.outcome = "diverged" if diverged else "failed"
        raise
    finally:
        for loop in loops:
            loop.end()

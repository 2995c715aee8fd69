"""Several trainings that go on at once, an epoch of one beside the same epoch of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from descend import _core

if TYPE_CHECKING:
    from descend.callbacks import Run
    from descend.progress import Progress


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

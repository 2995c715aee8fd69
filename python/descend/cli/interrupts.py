"""Ctrl-C while a run is learned and saved."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Self

from descend.callbacks import Callback, Run


class Interrupts(Callback):
    """The first Ctrl-C ends the training; any that comes before the model is saved waits until it is.

    A context around training and saving, and among the callbacks of the training.
    """

    def __enter__(self) -> Self:
        self._holding = self._waiting = False
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._waiting and error is None:
            raise KeyboardInterrupt

    def on_train_end(self, run: Run) -> None:
        """From now on there is something to lose."""
        self._holding = True

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._holding:
            self._waiting = True
        else:
            self._holding = True
            raise KeyboardInterrupt

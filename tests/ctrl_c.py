"""Ctrl-C in the midst of a training, however long that takes to begin."""

from __future__ import annotations

import os
import signal
import threading

import descend as ds


class CtrlC(ds.Callback):
    """Interrupts this process `seconds` after a training has finished an epoch, 0 being its beginning; from
    then on no callback stops the core. Of several trainings at once, the first one that comes so far counts.
    """

    def __init__(self, seconds: float, epoch: int = 1) -> None:
        self.epoch = epoch
        self.every = epoch or 10**9
        self._timer = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])

    def __deepcopy__(self, _: object) -> CtrlC:
        return self

    def on_train_begin(self, run: ds.Run) -> None:
        if self.epoch == 0:
            self._timer.start()

    def on_epoch_end(self, run: ds.Run) -> None:
        if self._timer.ident is None:
            self.every = 10**9
            self._timer.start()

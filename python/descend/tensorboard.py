"""Event files for TensorBoard."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from descend.callbacks import Callback, Run

if TYPE_CHECKING:
    from descend.gradient_norms import GradientNorms


@dataclass
class TensorBoard(Callback):
    """Writes each epoch's cost, metrics and learning rate where `tensorboard --logdir FOLDER` finds them.

    Parameters
    ----------
    folder : path
        Where the event file is made.
    norms : GradientNorms, optional
        Another callback of the same training, before this one, whose record is written too.

    Raises
    ------
    ImportError
        tensorboardX, which writes such files, is not installed.
    """

    folder: str | PathLike[str]
    norms: GradientNorms | None = None

    def __post_init__(self) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise ImportError(
                "TensorBoard's event files need tensorboardX: pip install 'descend[tensorboard]'."
            ) from None
        self._open = SummaryWriter

    def on_train_begin(self, run: Run) -> None:
        """Begin an event file."""
        self._writer = self._open(str(self.folder))

    def on_epoch_end(self, run: Run) -> None:
        """A point on each curve."""
        columns = run.history.columns() | (self.norms.columns() if self.norms else {})
        for name, values in columns.items():
            if name != "epoch":
                self._writer.add_scalar(name, values[-1], run.epoch)

    def on_train_end(self, run: Run) -> None:
        """Finish the file."""
        self._writer.close()

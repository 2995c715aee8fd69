"""How long each layer's gradient is, by epoch: where it fades or bursts, training is in trouble."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from descend.callbacks import Callback, Run
from descend.checks import Array
from descend.flat_vector import parts
from descend.losses import Loss

_MOST_EXAMPLES = 1024


@dataclass
class GradientNorms(Callback):
    """Records norm(dW[l]) after every epoch, of the cost of a fixed sample of the examples, without dropout.

    Parameters
    ----------
    X : array (m, n[0])
        Examples, of which up to 1,024 are taken, evenly spaced.
    y : array (m,) or (m, n[L])
        Their targets.
    loss : str or loss object
        The one that is trained with.

    Attributes
    ----------
    by_layer : list of lists of float
        For each layer 1 .. L, a value for each epoch.
    """

    X: Array
    y: Array
    loss: Loss = "auto"
    by_layer: list[list[float]] = field(default_factory=list, init=False)

    def on_train_begin(self, run: Run) -> None:
        """Choose the sample, and forget the training before."""
        m = self.X.shape[0]
        rows = np.linspace(0, m - 1, min(m, _MOST_EXAMPLES)).astype(np.intp)
        self._X, self._y = self.X[rows], self.y[rows]
        self.by_layer[:] = [[] for _ in run.network.layers]

    def on_epoch_end(self, run: Run) -> None:
        """A value for each layer."""
        _, gradient = run.network.cost_and_gradient(self._X, self._y, self.loss)
        for part in parts(run.network):
            if part.symbol == "W":
                self.by_layer[part.l - 1].append(float(np.linalg.norm(gradient[part.place])))

    def columns(self) -> dict[str, list[float]]:
        """The record as columns: gradient_norm_1 .. gradient_norm_L."""
        return {f"gradient_norm_{l}": norms for l, norms in enumerate(self.by_layer, start=1)}

"""Why deep learning took off: what more examples are worth to small models and to large ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks, text
from descend.course.drawing import plain
from descend.course.fitting import accuracy
from descend.course.pictures import Pictures
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network
from descend.optimizers import Adam
from descend.training import train

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NETWORKS: dict[str, tuple[int, ...]] = {
    "logistic regression": (),
    "small network (16)": (16,),
    "medium network (128, 64)": (128, 64),
    "large network (512, 512)": (512, 512),
}
"""The hidden layers of each."""

SVM = "support vector machine"
_STEPS = 6000
_BATCH = 64


@dataclass(frozen=True, eq=False, repr=False)
class AmountOfData(Result):
    """Test accuracy by the number of examples trained on.

    Attributes
    ----------
    amounts : tuple of int
        Examples.
    accuracy : dict of str to list of float
        On all test examples, at each amount, by model.
    """

    SIZE: ClassVar[tuple[float, float]] = (8, 5)

    amounts: tuple[int, ...]
    accuracy: dict[str, list[float]]

    def __str__(self) -> str:
        rows = [[name, *(f"{share:.2%}" for share in shares)] for name, shares in self.accuracy.items()]
        return text.table(["test accuracy with", *(f"{m:,}" for m in self.amounts)], rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw a line for each model: the share of errors by the amount of data, both logarithmic."""
        axes = figure.subplots()
        for name, shares in self.accuracy.items():
            style = "s--" if name == SVM else "o-"
            axes.plot(self.amounts, 100 * (1 - np.array(shares)), style, label=name)
        axes.set(xscale="log", yscale="log", xlabel="examples trained on", ylabel="test error (%)")
        axes.set_xticks(self.amounts, [f"{m:,}" for m in self.amounts])
        axes.tick_params(axis="x", which="minor", bottom=False)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
        axes.legend(frameon=False)
        plain(axes)


def amount_of_data(
    examples: Pictures,
    test: Pictures,
    amounts: Sequence[int] = (100, 300, 1000, 3000, 10_000),
    seed: int = 0,
    *,
    progress: bool = True,
) -> AmountOfData:
    """Train logistic regression, an SVM and three networks on more and more of the same digits.

    Each network takes 6000 steps of Adam, in batches of 64, however much data there is; the SVM is
    scikit-learn's, with its defaults (a radial kernel).

    Parameters
    ----------
    examples, test : Pictures
        Of ten digits, such as MNIST's 60,000 and 10,000.
    amounts : sequence of int
        How many of the examples to train on.
    seed : int
        What weights, batches and the examples' order are drawn from.
    progress : bool
        Whether each accuracy is printed once it is known, on standard error: MNIST takes minutes.

    Raises
    ------
    TypeError, ValueError
        There is no amount, or one is no whole number from 10 to the number of examples.
    """
    from sklearn.svm import SVC

    m = len(examples.y)
    amounts = checks.integers("amounts", amounts, 10)
    if max(amounts) > m:
        raise ValueError(f"amounts has {max(amounts):,} and there are {m:,} examples: give fewer.")
    order = np.random.default_rng(checks.seed(seed)).permutation(m)[: max(amounts)]
    X, y = Pictures(examples.X[order], examples.y[order]).features().astype(np.float32), examples.y[order]
    X_test = test.features().astype(np.float32)

    shares: dict[str, list[float]] = {name: [] for name in (*NETWORKS, SVM)}

    def found(name: str, amount: int, share: float) -> None:
        shares[name].append(share)
        if progress:
            print(f"{amount:,} examples, {name}: {share:.2%}", file=sys.stderr)

    for amount in amounts:
        for name, hidden in NETWORKS.items():
            layers = [*(Dense(units) for units in hidden), Dense(10, "softmax")]
            network = Network(X.shape[1], layers, seed=seed)
            epochs = max(1, _STEPS * _BATCH // amount)
            train(
                network,
                X[:amount],
                y[:amount],
                optimizer=Adam(),
                epochs=epochs,
                batch_size=_BATCH,
                seed=seed,
                progress=False,
            )
            found(name, amount, accuracy(network, X_test, test.y))
        machine = SVC().fit(X[:amount], y[:amount])
        found(SVM, amount, float(machine.score(X_test, test.y)))
    return AmountOfData(amounts, shares)

"""The course's cat pictures: logistic regression, the two-layer and the L-layer classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.drawing import curves
from descend.course.fitting import accuracy, classifier, descend_gradient, draw_weights
from descend.course.pictures import Pictures
from descend.course.result import Result
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

_EVERY = 100
_MOST_SHOWN = 8


@dataclass(frozen=True, eq=False, repr=False)
class CatClassifier(Result):
    """A trained classifier of cat pictures.

    Attributes
    ----------
    network : Network
        12288 features to one sigmoid.
    train, test : Pictures
        What it was trained and tested on.
    cost : list of float
        Before each iteration.
    """

    SIZE: ClassVar[tuple[float, float]] = (12, 4.5)

    network: Network
    train: Pictures
    test: Pictures
    cost: list[float]

    @property
    def train_accuracy(self) -> float:
        """The share of the pictures trained on that are right."""
        return accuracy(self.network, self.train.features(), self.train.y)

    @property
    def test_accuracy(self) -> float:
        """The share of the pictures tested on that are right."""
        return accuracy(self.network, self.test.features(), self.test.y)

    @property
    def mistakes(self) -> list[int]:
        """Which of the pictures tested on are wrong."""
        cat = self.network.predict(self.test.features())[:, 0] > 0.5
        return [int(i) for i in np.flatnonzero(cat != self.test.y)]

    def classify(self, picture: NDArray[np.uint8]) -> Verdict:
        """Say whether a picture of the size trained on shows a cat.

        Parameters
        ----------
        picture : array (height, width, 3)
            Bytes.

        Raises
        ------
        ValueError
            Another shape, or other numbers than bytes.
        """
        if picture.shape != self.train.X.shape[1:]:
            raise ValueError(f"picture has shape {picture.shape}: give shape {self.train.X.shape[1:]}.")
        features = Pictures(picture[None], np.zeros(1, np.int64)).features()
        probability = self.network.predict(features)[0, 0]
        return Verdict(picture, float(probability))

    def __str__(self) -> str:
        rows = [[str(i), f"{self.cost[i]:.6f}"] for i in range(0, len(self.cost), _EVERY)]
        return (
            f"{self.network}\n\n{text.table(['iteration', 'cost'], rows)}\n"
            f"Accuracy: {self.train_accuracy:.1%} of {len(self.train.y)} pictures trained on, "
            f"{self.test_accuracy:.1%} of {len(self.test.y)} others."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the cost and, beside it, pictures that it takes for the wrong thing."""
        left, right = figure.subfigures(1, 2, width_ratios=(2, 3), squeeze=False)[0]
        curves(left.subplots(), {"cost": self.cost})
        right.suptitle(f"{len(self.mistakes)} mistakes among {len(self.test.y)} others; in truth:")
        panels = right.subplots(2, _MOST_SHOWN // 2)
        for axes in panels.flat:
            axes.set_axis_off()
        for axes, i in zip(panels.flat, self.mistakes, strict=False):
            axes.imshow(self.test.X[i])
            axes.set_title("a cat" if self.test.y[i] else "no cat")


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Result):
    """What a classifier thinks of one picture.

    Attributes
    ----------
    picture : array (height, width, 3)
        As it was given.
    probability : float
        That it shows a cat.
    """

    SIZE: ClassVar[tuple[float, float]] = (4, 4)

    picture: NDArray[np.uint8]
    probability: float

    @property
    def is_cat(self) -> bool:
        """Whether the probability is above 0.5."""
        return self.probability > 0.5

    def __str__(self) -> str:
        return f"{'a cat' if self.is_cat else 'no cat'}: the probability of a cat is {self.probability:.1%}"

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the picture, with the verdict above it."""
        axes = figure.subplots()
        axes.imshow(self.picture)
        axes.set_title(str(self).replace(": ", ":\n"))
        axes.set_axis_off()


def cat_logistic(train: Pictures, test: Pictures, iterations: int = 2000) -> CatClassifier:
    """Logistic regression on the cat pictures, from zeros, at the learning rate 0.005.

    Parameters
    ----------
    train, test : Pictures
        The course's 209 and 50.
    iterations : int
        Steps of gradient descent over all pictures.

    Raises
    ------
    TypeError, ValueError
        iterations is no whole number of at least 1.

    References
    ----------
    The course's "Logistic regression with a neural network mindset": 99.04 % and 70 %.
    """
    return _trained([np.zeros((1, train.features().shape[1]))], 0.005, train, test, iterations)


def cat_two_layer(train: Pictures, test: Pictures, iterations: int = 2500) -> CatClassifier:
    """The two-layer network on the cat pictures: 7 relu units, then a sigmoid, at the learning rate 0.0075.

    Parameters
    ----------
    train, test : Pictures
        The course's 209 and 50.
    iterations : int
        Steps of gradient descent over all pictures.

    Raises
    ------
    TypeError, ValueError
        iterations is no whole number of at least 1.

    References
    ----------
    The course's "Deep neural network: application": 100 % and 72 %.
    """
    W = draw_weights([train.features().shape[1], 7, 1], seed=1, scale=lambda _: 0.01)
    return _trained(W, 0.0075, train, test, iterations)


def cat_deep(train: Pictures, test: Pictures, iterations: int = 2500) -> CatClassifier:
    """The four-layer network on the cat pictures: 20, 7 and 5 relu units, then a sigmoid; rate 0.0075.

    Parameters
    ----------
    train, test : Pictures
        The course's 209 and 50.
    iterations : int
        Steps of gradient descent over all pictures.

    Raises
    ------
    TypeError, ValueError
        iterations is no whole number of at least 1.

    References
    ----------
    The course's "Deep neural network: application": 98.6 % and 80 %.
    """
    n = [train.features().shape[1], 20, 7, 5, 1]
    return _trained(draw_weights(n, seed=1, scale=lambda n: 1 / np.sqrt(n)), 0.0075, train, test, iterations)


def _trained(
    W: list[FloatArray], learning_rate: float, train: Pictures, test: Pictures, iterations: int
) -> CatClassifier:
    network = classifier(W, "relu")
    iterations = checks.integer("iterations", iterations, 1)
    cost = descend_gradient(network, train.features(), train.y, learning_rate, iterations)
    return CatClassifier(network, train, test, cost)

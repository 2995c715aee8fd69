"""The lessons and models by the names that the command line knows them by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from descend.course.broadcasting import broadcasting, rank_1
from descend.course.models.cats import cat_deep, cat_logistic, cat_two_layer
from descend.course.models.flower import planar_flower, planar_flower_by_size
from descend.course.models.houses import price_by_features, price_by_size
from descend.course.models.two_forms import cat_logistic_two_forms
from descend.course.vectorization import vectorization
from descend.course.why.activations import activations
from descend.course.why.amount_of_data import amount_of_data
from descend.course.why.initialisation import initialisation
from descend.course.why.learning_rates import learning_rates
from descend.course.why.linearity import linearity
from descend.course.why.saturation import saturation
from descend.course.why.sizes import sizes
from descend.course.why.surfaces import surfaces

Pictures = Literal["", "cats", "digits"]

DATA = {
    "cats": "the folder of the course's train_catvnoncat.h5 and test_catvnoncat.h5",
    "digits": "the folder of MNIST's four files",
}
"""The pictures that do not come with the library."""


@dataclass(frozen=True)
class Demo:
    """A function of the course.

    Attributes
    ----------
    run : callable
        It takes nothing or, where `data` names pictures, these.
    data : str
        A key of `DATA`; "" where all data comes with the library.
    parts : int
        1: it takes the pictures to train on; 2: also those to test on.
    classifies : bool
        Whether it gives a `CatClassifier`.
    """

    run: Callable[..., Any]
    data: Pictures = ""
    parts: int = 2
    classifies: bool = False

    @property
    def sentence(self) -> str:
        """What it does, the first line of its documentation."""
        return (self.run.__doc__ or "").partition("\n")[0]


_ALL = (
    Demo(price_by_size),
    Demo(price_by_features),
    Demo(vectorization),
    Demo(broadcasting),
    Demo(rank_1),
    Demo(learning_rates),
    Demo(surfaces),
    Demo(activations),
    Demo(linearity),
    Demo(saturation),
    Demo(initialisation),
    Demo(planar_flower),
    Demo(planar_flower_by_size),
    Demo(sizes),
    Demo(amount_of_data, "digits"),
    Demo(cat_logistic_two_forms, "cats", parts=1),
    Demo(cat_logistic, "cats", classifies=True),
    Demo(cat_two_layer, "cats", classifies=True),
    Demo(cat_deep, "cats", classifies=True),
)

DEMOS = {demo.run.__name__.replace("_", "-"): demo for demo in _ALL}

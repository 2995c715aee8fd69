"""The lessons and models by the names that the command line knows them by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from descend.course.broadcasting import broadcasting, rank_1
from descend.course.models.flower import planar_flower, planar_flower_by_size
from descend.course.models.houses import price_by_features, price_by_size
from descend.course.result import Result
from descend.course.vectorization import vectorization
from descend.course.why.activations import activations
from descend.course.why.initialisation import initialisation
from descend.course.why.learning_rates import learning_rates
from descend.course.why.linearity import linearity
from descend.course.why.saturation import saturation
from descend.course.why.sizes import sizes
from descend.course.why.surfaces import surfaces


@dataclass(frozen=True)
class Demo:
    """A function of the course that brings its own data."""

    run: Callable[[], Result]

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
)

DEMOS = {demo.run.__name__.replace("_", "-"): demo for demo in _ALL}

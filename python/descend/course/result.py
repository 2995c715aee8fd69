"""What a lesson gives back: numbers to read, and their picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


class Result(ABC):
    """What came out of a lesson: its attributes are the data, `print` gives the words, `plot` the picture."""

    SIZE: ClassVar[tuple[float, float]] = (10, 3.5)
    """Of the picture, in inches."""

    @abstractmethod
    def __str__(self) -> str: ...

    def __repr__(self) -> str:
        return str(self)

    @abstractmethod
    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw into an empty figure."""

    def plot(self, figure: Figure | SubFigure | None = None) -> Figure | SubFigure:
        """Draw.

        Parameters
        ----------
        figure : matplotlib Figure, optional
            Where to draw; a new one of pyplot's if not given.

        Returns
        -------
        matplotlib Figure
            The figure, to show or to save.
        """
        if figure is None:
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=self.SIZE, layout="constrained")
        self.draw(figure)
        return figure

    def png(self) -> bytes:
        """The picture as a PNG file."""
        from matplotlib.figure import Figure

        from descend import plots

        figure = Figure(figsize=self.SIZE, layout="constrained")
        self.draw(figure)
        return plots.png(figure)

    def _repr_png_(self) -> bytes:
        return self.png()

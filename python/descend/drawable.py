"""What draws itself: into a figure, as a file, and in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


class Drawable(ABC):
    """What has a picture."""

    SIZE: ClassVar[tuple[float, float]] = (10, 3.5)
    """Of the picture, in inches."""

    @abstractmethod
    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw into an empty figure."""

    def plot(self, figure: Figure | SubFigure | None = None) -> Figure | SubFigure:
        """Draw the picture.

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

            figure = pyplot.figure(figsize=self._size(), layout="constrained")
        self.draw(figure)
        return figure

    def png(self) -> bytes:
        """The picture as a PNG file."""
        from matplotlib.figure import Figure

        from descend import plots

        figure = Figure(figsize=self._size(), layout="constrained")
        self.draw(figure)
        return plots.png(figure)

    def _repr_png_(self) -> bytes:
        return self.png()

    def _size(self) -> tuple[float, float]:
        return self.SIZE

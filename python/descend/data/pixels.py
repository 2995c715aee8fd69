"""Images: one centre and one scale for all their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from descend.data.constants import Constants

_ROWS_AT_ONCE = 4096


class Pixels(Constants):
    """``(x - center) / scale`` of every pixel, an image a row."""

    kind: Literal["pixels"] = "pixels"
    shape: tuple[int, ...]
    center: float
    scale: Annotated[float, Field(gt=0)]

    @classmethod
    def fit(cls, images: NDArray[Any]) -> Pixels:
        """The mean and the standard deviation of all pixels of the training part (m, height, width, ...).

        Raises
        ------
        ValueError
            All pixels are equal.
        """
        n = images.size
        center = sum(float(block.sum(dtype=np.float64)) for block in _blocks(images)) / n
        squares = (np.square(block - np.float32(center)) for block in _blocks(images))
        scale = float(np.sqrt(sum(float(square.sum(dtype=np.float64)) for square in squares) / n))
        if not scale > 0:
            raise ValueError("all pixels of all images are equal: there is nothing to learn.")
        return cls(shape=images.shape[1:], center=center, scale=scale)

    @property
    def inputs(self) -> list[str]:
        """Where each of the ``n[0]`` inputs lies."""
        return ["pixel " + ", ".join(map(str, place)) for place in np.ndindex(self.shape)]

    def transform(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Inputs ``(m, n[0])``.

        Raises
        ------
        ValueError
            The images have another shape than those of training.
        """
        if images.shape[1:] != self.shape:
            raise ValueError(
                f"the images have shape {images.shape[1:]}, and those of training {self.shape}: resize them."
            )
        X = images.reshape(len(images), -1).astype(np.float32)
        X -= np.float32(self.center)
        X /= np.float32(self.scale)
        return X


def _blocks(images: NDArray[Any]) -> Iterator[NDArray[np.float32]]:
    for begin in range(0, len(images), _ROWS_AT_ONCE):
        yield images[begin : begin + _ROWS_AT_ONCE].astype(np.float32)

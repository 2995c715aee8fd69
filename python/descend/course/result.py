"""What a lesson gives back: numbers to read, and their picture."""

from __future__ import annotations

from abc import abstractmethod

from descend.drawable import Drawable


class Result(Drawable):
    """What came out of a lesson: its attributes are the data, `print` gives the words, `plot` the picture."""

    @abstractmethod
    def __str__(self) -> str: ...

    def __repr__(self) -> str:
        return str(self)

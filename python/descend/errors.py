"""Errors that carry more than a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from descend.history import History


class DivergedError(ArithmeticError):
    """The cost stopped being finite; the network is back at the weights of its last good epoch.

    Attributes
    ----------
    history : History or None
        The good epochs.
    epoch : int
        The epoch that went wrong, counted from 1.
    """

    def __init__(self, message: str, history: History | None = None, epoch: int = 0) -> None:
        super().__init__(message)
        self.history = history
        self.epoch = epoch

"""scikit-learn's callback protocol (SLEP023, from scikit-learn 1.9 on): each iteration of fit is a task."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks before scikit-learn 1.9."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Tasks", "with_callbacks"]

Self = TypeVar("Self", bound="Tasks")


class Tasks:
    """The tasks of one fit, told to the callbacks that `set_callbacks` or a meta-estimator gave.

    Parameters
    ----------
    estimator : estimator
        Whose fit it is.
    name : str
        Of the task that an iteration is.
    X, y, sample_weight
        As fit was given them.
    """

    def __init__(self, estimator: Any, name: str, X: Any, y: Any, sample_weight: Any) -> None:
        self.watched = bool(getattr(estimator, "_skl_callbacks", ()))
        self._estimator = estimator
        self._name = name
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        if hasattr(estimator, "_init_callback_context"):
            self._fit = estimator._init_callback_context(max_subtasks=estimator.max_iter)
            self._fit.call_on_fit_task_begin(**self._told)

    def begin(self) -> None:
        """Before an iteration."""
        if self.watched:
            self._task = self._fit.subcontext(task_name=self._name)
            self._task.call_on_fit_task_begin(**self._told, reconstruction_attributes=self._copied)

    def end(self) -> bool:
        """After an iteration: whether a callback wants to stop."""
        return self.watched and bool(
            self._task.call_on_fit_task_end(**self._told, reconstruction_attributes=self._copied)
        )

    def end_fit(self) -> None:
        """After the last iteration."""
        if hasattr(self, "_fit"):
            self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})

    @functools.cached_property
    def _copied(self) -> Callable[[], dict[str, Any]]:
        estimator = self._estimator
        return lambda: {
            name: [array.copy() for array in getattr(estimator, name)] for name in ("coefs_", "intercepts_")
        }

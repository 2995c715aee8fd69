"""What scikit-learn wants around a fit: valid parameters, warnings at the caller's line, its callbacks."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

from sklearn.base import _fit_context

F = TypeVar("F", bound=Callable[..., Any])


def fitting(method: F) -> F:
    """A method that fits: parameters are validated before it, and callbacks are torn down after it."""
    validated = _fit_context(prefer_skip_nested_validation=True)(method)

    @functools.wraps(method)
    def fit(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        if not _callbacks_of(estimator):
            return validated(estimator, *args, **kwargs)
        from sklearn.callback import with_callbacks

        return with_callbacks(validated)(estimator, *args, **kwargs)

    return cast(F, fit)


def _callbacks_of(estimator: Any) -> list[Any]:
    """Those that `set_callbacks` or a meta-estimator gave it."""
    return getattr(estimator, "_skl_callbacks", [])


class TakesCallbacks:
    """What scikit-learn's CallbackSupportMixin offers; it is imported, with all of rich, when it is used."""

    if find_spec("sklearn.callback"):  # from scikit-learn 1.9 on

        def set_callbacks(self, *callbacks: Any) -> Any:
            """Set scikit-learn's callbacks, such as `sklearn.callback.ProgressBar()`.

            Parameters
            ----------
            *callbacks : callbacks
                They replace those set before; none to have none.

            Returns
            -------
            estimator
                Itself.
            """
            from sklearn.callback import CallbackSupportMixin

            return CallbackSupportMixin.set_callbacks(self, *callbacks)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called scikit-learn or descend."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("descend", "sklearn", "scipy", "contextlib")


class Tasks:
    """The tasks of one fit, an iteration each, told to scikit-learn's callbacks (SLEP023).

    Parameters
    ----------
    estimator : estimator
        Whose fit it is; `set_callbacks` or a meta-estimator gave it callbacks, or nobody did.
    name : str
        Of the task that an iteration is.
    X, y, sample_weight
        As fit was given them.
    """

    def __init__(self, estimator: Any, name: str, X: Any, y: Any, sample_weight: Any) -> None:
        self.watched = bool(_callbacks_of(estimator))
        self._name = name
        self._task: Any = None
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        if self.watched:
            from sklearn.callback import CallbackSupportMixin

            init = CallbackSupportMixin._init_callback_context
            self._fit = init(estimator, max_subtasks=estimator.max_iter)
            self._fit.call_on_fit_task_begin(**self._told)

    def begin(self) -> None:
        """Before an iteration."""
        if self.watched:
            self._task = self._fit.subcontext(task_name=self._name)
            self._task.call_on_fit_task_begin(**self._told, reconstruction_attributes=self._weights)

    def end(self) -> bool:
        """After an iteration, if one has begun: whether a callback wants to stop."""
        task, self._task = self._task, None
        return task is not None and bool(
            task.call_on_fit_task_end(**self._told, reconstruction_attributes=self._weights)
        )

    def end_fit(self) -> None:
        """After the last iteration."""
        if self.watched:
            self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes=dict)

    def _weights(self) -> dict[str, Any]:
        """What an estimator that is ready to predict as if fit stopped here has for itself."""
        names = ("coefs_", "intercepts_")
        return {name: [array.copy() for array in getattr(self._told["estimator"], name)] for name in names}

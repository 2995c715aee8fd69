"""The members of an estimator of several networks: estimators of their own, each with one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any


def to_train(estimator: Any, *, fresh: bool) -> list[Any]:
    """Those that a fit trains: the estimator itself, or its members, new ones where `fresh`.

    Raises
    ------
    ValueError
        Training is to go on with another number of members than there are.
    """
    count = estimator.n_members
    before: Sequence[Any] = vars(estimator).get("members_", ())
    if not fresh and max(len(before), 1) != count:
        raise ValueError(
            f"n_members is {count}, and there are {max(len(before), 1)} to train on: "
            "give as many, or fit with warm_start=False."
        )
    if count == 1:
        return [estimator]
    members = [copy.copy(estimator) for _ in range(count)] if fresh else list(before)
    for member in members:
        of_its_own = {"n_members": 1, "callbacks": copy.deepcopy(estimator.callbacks)}
        vars(member).update(estimator.get_params(deep=False) | of_its_own)
        vars(member).pop("_skl_callbacks", None)
        vars(member).pop("members_", None)
    return members


def take_over(estimator: Any, trained: list[Any]) -> None:
    """What is trained are the estimator's members, and what is fitted of the first is the estimator's too."""
    vars(estimator).pop("members_", None)
    if trained[0] is estimator:
        return
    estimator.members_ = trained
    parameters = estimator.get_params(deep=False)
    fitted = {name: value for name, value in vars(trained[0]).items() if name not in parameters}
    vars(estimator).update(fitted)

"""Names and numbers."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable


def known_name(what: str, name: object, names: Iterable[str]) -> str:
    """`name`, if it is one of `names`.

    Raises
    ------
    TypeError
        It is no string.
    ValueError
        It is none of them; the error offers the nearest.
    """
    names = list(names)
    if not isinstance(name, str):
        raise TypeError(f"{what} is {name!r}: give one of the names {', '.join(names)}.")
    if name not in names:
        from difflib import get_close_matches

        nearest = get_close_matches(name.lower(), names, n=1, cutoff=0.0)[0]
        all_names = f" There are {', '.join(names)}." if len(names) > 1 else ""
        raise ValueError(f"{what} {name!r} is unknown: did you mean {nearest!r}?{all_names}")
    return name


def integer(what: str, value: object, minimum: int) -> int:
    """`value` as an int of at least `minimum`.

    Raises
    ------
    TypeError
        It is no whole number.
    ValueError
        It is below `minimum`.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}: give a whole number of at least {minimum}.")
    if number < minimum:
        raise ValueError(f"{what} is {number}: give a whole number of at least {minimum}.")
    return number


def integers(what: str, values: object, minimum: int) -> tuple[int, ...]:
    """`values` as ints of at least `minimum`, one or more.

    Raises
    ------
    TypeError
        They are not several values, or one is no whole number.
    ValueError
        There is none, or one is below `minimum`.
    """
    return tuple(integer(f"{what}[{i}]", value, minimum) for i, value in enumerate(_several(what, values)))


def numbers(what: str, values: object, *, above: float) -> tuple[float, ...]:
    """`values` as finite floats above a bound, one or more.

    Raises
    ------
    TypeError
        They are not several values, or one is no number.
    ValueError
        There is none, or one is out of bounds.
    """
    return tuple(number(f"{what}[{i}]", value, above=above) for i, value in enumerate(_several(what, values)))


def _several(what: str, values: object) -> list[object]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{what} is {values!r}: give a sequence of numbers.")
    several = list(values)
    if not several:
        raise ValueError(f"{what} is empty: give at least one number.")
    return several


def number(
    what: str,
    value: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """`value` as a finite float within bounds.

    Raises
    ------
    TypeError
        It is no number.
    ValueError
        It is not finite, or out of bounds.
    """
    bounds = {"above": above, "of at least": at_least, "below": below, "of at most": at_most}
    within = " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
    remedy = f"give a number {within}" if within else "give a finite number"
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = None
    if number is None or isinstance(value, str | bool):
        raise TypeError(f"{what} is {value!r}: {remedy}.")
    if not (
        math.isfinite(number)
        and (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    ):
        raise ValueError(f"{what} is {number:g}: {remedy}.")
    return number


def seed(value: object, what: str = "seed") -> int:
    """`value` as a seed, 0 to 2^64 - 1; None draws one of 48 bits, which every JSON reader keeps exact.

    Raises
    ------
    TypeError, ValueError
        It is no whole number, or out of this range.
    """
    if value is None:
        return int.from_bytes(os.urandom(6), "little")
    number = integer(what, value, 0)
    if number >= 2**64:
        raise ValueError(f"{what} is {number}: give a whole number below 2**64.")
    return number


def threads(value: object) -> int:
    """`n_threads` as the core takes it: 0 lets it choose.

    Raises
    ------
    TypeError, ValueError
        It is no whole number of at least 1.
    """
    return 0 if value is None else integer("n_threads", value, 1)

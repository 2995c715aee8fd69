"""What may be said of a column, and what may be made of numbers."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Scaling: TypeAlias = Literal["splines", "standard", "robust"]
"""What is made of a number x.

standard
    ``(x - mean) / deviation``.
robust
    ``(x - median) / (third - first quartile)``, drawn in so that nothing is further than 3 from 0.
splines
    As standard, drawn in at 10; and 11 hat functions of x's rank among the numbers of training, between which
    a network's first layer can bend.
"""

Treatment: TypeAlias = Literal[
    "numeric",
    "splines",
    "standard",
    "robust",
    "date",
    "boolean",
    "known",
    "one-hot",
    "ordinal",
    "hash",
    "drop",
]
"""What may be said of a column: that it holds numbers, scaled as all are or in its own way, dates or two
values, or matters by being known; how its categories are encoded; or that it is not used."""

TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)

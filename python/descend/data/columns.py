"""What each column of a table is: inferred from its values, or as it was told."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from descend.data.constants import Constants
from descend.data.tables import distinct, is_number_type, numbers, strays
from descend.data.treatments import Scaling, Treatment
from descend.text import is_number, listed

_MOST_ONE_HOT = 100
_BUCKETS = 128
_FEWEST_IDENTIFIERS = 20
_SECONDS_A_DAY = 86_400.0


class Numeric(Constants):
    """Numbers, scaled as `Scaling` says; in the centre where missing, and a second input that tells it."""

    kind: Literal["numeric"] = "numeric"
    name: str
    scaling: Scaling
    has_missing: bool
    center: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0
    quantiles: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """How many values there are for each row."""
        return 1

    @property
    def described(self) -> tuple[str, str]:
        """What it is, and what is made of it."""
        return f"number, {self.scaling}", "some missing" if self.has_missing else ""

    def values(self, column: pa.ChunkedArray) -> NDArray[np.float64]:
        """The numbers ``(m, 1)`` of a column, NaN where missing."""
        try:
            if pa.types.is_timestamp(column.type):
                raise pa.ArrowInvalid
            X = numbers(column)
        except pa.ArrowInvalid:
            value = next(each for each in column.to_pylist() if each is not None and not is_number(str(each)))
            raise ValueError(
                f"column {self.name!r} holds {str(value)!r}, and numbers are needed there: mend the value."
            ) from None
        if np.isinf(X).any():
            raise ValueError(
                f"column {self.name!r} holds an infinite number: mend it, or leave the field empty."
            )
        return X.reshape(-1, 1)


class Date(Constants):
    """Days since 1970, scaled as a number is, and the places in the year, the week and the day on circles."""

    kind: Literal["date"] = "date"
    name: str
    has_missing: bool
    has_time: bool
    center: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0

    @property
    def circles(self) -> dict[str, float]:
        """The lengths of the circles, in days."""
        circles = {"year": 365.2425, "week": 7.0, "day": 1.0}
        return circles if self.has_time else {name: circles[name] for name in ("year", "week")}

    @property
    def parts(self) -> list[str]:
        """What the values but the first are."""
        return [f"{wave} of the {name}" for name in self.circles for wave in ("sine", "cosine")]

    @property
    def width(self) -> int:
        """How many values there are for each row."""
        return 1 + len(self.parts)

    @property
    def described(self) -> tuple[str, str]:
        """What it is, and what is made of it."""
        return "date", f"days, and the place in the {', '.join(self.circles)}"

    def values(self, column: pa.ChunkedArray) -> NDArray[np.float64]:
        """Days, and a sine and a cosine for each circle ``(m, 1 + 2k)``, NaN where missing."""
        days = _days(self.name, column)
        angles = [2 * np.pi * days / period for period in self.circles.values()]
        return np.column_stack([days, *(wave(angle) for angle in angles for wave in (np.sin, np.cos))])


class Categorical(Constants):
    """Words: an input each, one for a pair of them, whether there is one, their rank, or a shared bucket.

    ``""`` stands for a missing one. A word that training has not seen is none of them, or in its bucket.
    """

    kind: Literal["categorical"] = "categorical"
    name: str
    encoding: Literal["one-hot", "boolean", "known", "ordinal", "hash"]
    categories: tuple[str, ...] = ()
    is_text: bool = True
    center: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0

    @property
    def width(self) -> int:
        """How many values there are for each row."""
        return 1

    @property
    def described(self) -> tuple[str, str]:
        """What it is, and what is made of it."""
        kind = "boolean" if self.encoding in ("boolean", "known") else f"category, {self.encoding}"
        return kind, listed([word or "missing" for word in self.words], 5)

    @property
    def words(self) -> tuple[str, ...]:
        """What each code stands for."""
        if self.encoding == "known":
            return "", "known"
        return self.categories or tuple(f"in bucket {k}" for k in range(_BUCKETS))

    @property
    def n_codes(self) -> int:
        """How many different codes there are."""
        return len(self.words)

    def values(self, column: pa.ChunkedArray) -> NDArray[np.float64]:
        """The numbers of the categories or buckets ``(m, 1)``; NaN for a word that is none of them."""
        words, rows = distinct(column)
        if self.encoding == "hash":
            from sklearn.utils import murmurhash3_32

            codes = [float(murmurhash3_32(word, positive=True) % _BUCKETS) for word in words]
        elif self.encoding == "known":
            codes = [float(word != "") for word in words]
        else:
            places = {category: float(code) for code, category in enumerate(self.categories)}
            codes = [places.get(word, np.nan) for word in words]
        return np.array(codes)[rows].reshape(-1, 1)

    def outside(self, column: pa.ChunkedArray) -> dict[str, int]:
        """The words that are none of the categories, and in how many rows each is."""
        if not self.categories:
            return {}
        return {word: n for word, n in _counted(column).items() if word not in self.categories}


class LeftOut(Constants):
    """A column that is not used, and why not."""

    kind: Literal["left out"] = "left out"
    name: str
    reason: str

    @property
    def described(self) -> tuple[str, str]:
        """That it is not used, and why not."""
        return "left out", self.reason


Column: TypeAlias = Numeric | Date | Categorical | LeftOut


def infer(name: str, column: pa.ChunkedArray, treatment: Treatment | None, scaling: Scaling) -> Column:
    """What the training part of a column shows it to be, or what it was said to be.

    A column of one value is left out, and so are whole numbers that count the rows, and text of which more
    than half the values are different; where some of that is missing, whether it is there remains. Two
    different values are a truth value, other text is categories.

    Raises
    ------
    ValueError
        The values are not what they were said to be, or a few words stand among many numbers.
    """
    known = column.filter(pc.invert(pc.is_null(column, nan_is_null=True)))
    has_missing = len(known) < len(column)
    n = len(pc.unique(known))
    if treatment != "drop" and n + has_missing < 2:
        return LeftOut(name=name, reason="constant")
    shown = treatment or _shown(known, n, has_missing)
    if not treatment and shown in ("identifier", "known", "hash") and pa.types.is_string(known.type):
        if words := strays(known):
            raise ValueError(
                f"column {name!r} holds {listed(words, 5)} among numbers: mend the value, "
                "or say what the column is, such as drop, hash or known."
            )
        if all(map(is_number, distinct(known)[0])):  # It is text for a word that is not in the training part.
            shown = "identifier" if _counts_rows(known, n) else "numeric"
    if shown == "identifier" or shown == "drop":
        return LeftOut(name=name, reason="as told" if treatment else "identifier")
    if shown == "numeric":
        shown = scaling
    if shown == "splines" or shown == "standard" or shown == "robust":
        return Numeric(name=name, scaling=shown, has_missing=has_missing)
    if shown == "date":
        return Date(name=name, has_missing=has_missing, has_time=bool((_days(name, known) % 1).any()))
    categories = _categories(column)
    if shown == "boolean" and len(categories) != 2:
        raise ValueError(f"column {name!r} has {len(categories)} different values: boolean needs two.")
    return Categorical(
        name=name,
        encoding=shown,
        categories=() if shown in ("hash", "known") else categories,
        is_text=bool(pa.types.is_string(column.type)),
    )


def _shown(
    known: pa.ChunkedArray, n: int, has_missing: bool
) -> Literal["numeric", "date", "boolean", "known", "one-hot", "hash", "identifier"]:
    """What known values of which `n` are different show a column to be."""
    if pa.types.is_timestamp(known.type):
        return "date"
    if n + has_missing == 2:
        return "boolean"
    if pa.types.is_string(known.type) and _reads_as_dates(known):
        return "date"
    if is_number_type(known.type):
        return "identifier" if _counts_rows(known, n) else "numeric"
    if n > max(_FEWEST_IDENTIFIERS, len(known) / 2):
        return "known" if has_missing else "identifier"
    return "one-hot" if n <= _MOST_ONE_HOT else "hash"


def _reads_as_dates(known: pa.ChunkedArray) -> bool:
    """Whether all words are dates, written as 2025-12-31."""
    if not re.match(r"\d{4}-\d\d-\d\d", known[0].as_py()):
        return False
    try:
        known.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return False
    return True


def _counts_rows(known: pa.ChunkedArray, n: int) -> bool:
    """Whether these are whole numbers that go up from row to row with hardly a gap."""
    if n < len(known) or n < _FEWEST_IDENTIFIERS:
        return False
    values = numbers(known)
    return bool(
        (values == np.floor(values)).all() and (np.diff(values) > 0).all() and values[-1] - values[0] < 3 * n
    )


def _categories(column: pa.ChunkedArray) -> tuple[str, ...]:
    """The commonest words, sorted by value where all are numbers, else by alphabet."""
    counts = _counted(column)
    kept = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_ONE_HOT]
    return tuple(
        sorted(kept, key=lambda word: (not is_number(word), float(word) if is_number(word) else 0, word))
    )


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    """In how many rows each word is."""
    words, rows = distinct(column)
    counts: Counter[str] = Counter()
    for word, count in zip(words, np.bincount(rows, minlength=len(words)), strict=True):
        counts[word] += int(count)
    return counts


def _days(name: str, column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Days since 1970 (m,), NaN where missing."""
    try:
        if is_number_type(column.type):
            raise pa.ArrowInvalid
        moments = column.cast(pa.timestamp("us"))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        value = next(each for each in column.to_pylist() if each is not None)
        raise ValueError(
            f"column {name!r} holds {str(value)!r}, and dates are needed there: write them as 2025-12-31."
        ) from None
    return numbers(moments.cast(pa.int64())) / (1e6 * _SECONDS_A_DAY)

"""scikit-learn's steps for the columns of a table, fitted, or built anew from what a fit has learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.data.columns import Categorical, Column, Date, LeftOut, Numeric

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler

Used: TypeAlias = Numeric | Date | Categorical
_Group: TypeAlias = Literal["standard", "robust", "splines", "pairs", "categories"]

_N_QUANTILES = 64
_N_HATS = 11
_CENTERS: dict[_Group, str] = {"standard": "mean_", "robust": "center_", "splines": "mean_"}


def values(columns: Iterable[Column], table: pa.Table) -> NDArray[np.float64]:
    """What the steps take (m, k): numbers, days and circles, the codes of categories."""
    return np.hstack([column.values(table[column.name]) for column in _used(columns)])


def learned(
    columns: Sequence[Column], table: pa.Table, weight: NDArray[np.float64] | None = None
) -> tuple[Column, ...]:
    """The columns with the constants that these rows teach; means and variances are by weight."""
    rows, places = values(columns, table), _places(columns)
    constants: dict[str, dict[str, Any]] = {}
    for group, center in _CENTERS.items():
        if members := _members(columns, group):
            weighted = {} if weight is None or group == "robust" else {"sample_weight": weight}
            scaler = _scaler(group).fit(rows[:, places[group]], **weighted)
            for column, mean, scale in zip(members, getattr(scaler, center), scaler.scale_, strict=True):
                constants[column.name] = {"center": float(mean), "scale": float(scale)}
    if members := _members(columns, "splines"):
        quantiles = _ranks(min(_N_QUANTILES, len(rows))).fit(rows[:, places["splines"]]).quantiles_.T
        for column, of_column in zip(members, quantiles.tolist(), strict=True):
            constants[column.name]["quantiles"] = tuple(of_column)
    return tuple(column.model_copy(update=constants.get(column.name, {})) for column in columns)


def rebuilt(columns: Sequence[Column]) -> ColumnTransformer:
    """Fitted to rows that decide everything but the constants, and given those."""
    members = _members(columns, "splines")
    n_quantiles = max([2, *(len(column.quantiles) for column in members if isinstance(column, Numeric))])
    transformer = _steps(columns, n_quantiles).fit(_examples(columns, n_quantiles))
    for group, center in _CENTERS.items():
        if scaled := _members(columns, group):
            scaler = transformer.named_transformers_[group][0]
            centers, scaler.scale_ = np.array([(column.center, column.scale) for column in scaled]).T
            setattr(scaler, center, centers)
    if members:
        ranks = transformer.named_transformers_["hats"][0]
        ranks.quantiles_ = np.array([column.quantiles for column in members if isinstance(column, Numeric)]).T
    return transformer


def inputs(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """The column of each input that the steps give, and what of it."""
    found: list[tuple[str, str]] = []
    for group in _CENTERS:
        members = _members(columns, group)
        found += [(column.name, "") for column in members]
        found += [(column.name, " is missing") for column in members if _may_be_missing(column)]
    for column in _members(columns, "splines"):
        found += [(column.name, f": hat {k}") for k in range(_N_HATS)]
    for date in columns:
        found += [(date.name, f": {part}") for part in (date.parts if isinstance(date, Date) else ())]
    found += [(pair.name, f" is {pair.words[1]}") for pair in _categories(columns, "pairs")]
    for category in _categories(columns, "categories"):
        found += [(category.name, f" is {word or 'missing'}") for word in category.words]
    return found


def _steps(columns: Sequence[Column], n_quantiles: int) -> ColumnTransformer:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer

    def filled(value: float, *, told: bool = False) -> SimpleImputer:
        return SimpleImputer(
            strategy="constant", fill_value=value, add_indicator=told, keep_empty_features=True
        )

    def drawn_in(limit: float) -> FunctionTransformer:
        return FunctionTransformer(partial(_drawn_in, limit=limit))

    knots = np.tile(np.linspace(0, 1, _N_HATS).reshape(-1, 1), len(_members(columns, "splines")))
    hats = SplineTransformer(degree=1, knots=knots)
    codes = [np.arange(column.n_codes) for column in _categories(columns, "categories")]
    one_hot = OneHotEncoder(categories=codes, handle_unknown="ignore", sparse_output=False)
    steps = {
        "standard": make_pipeline(_scaler("standard"), filled(0.0, told=True)),
        "robust": make_pipeline(_scaler("robust"), drawn_in(3.0), filled(0.0, told=True)),
        "splines": make_pipeline(_scaler("splines"), drawn_in(10.0), filled(0.0, told=True)),
        "hats": make_pipeline(_ranks(n_quantiles), filled(0.5), hats),
        "circles": filled(0.0),
        "pairs": filled(0.5),
        "categories": one_hot,
    }
    places = _places(columns)
    named = [(name, step, places[name]) for name, step in steps.items()]
    return ColumnTransformer(named, sparse_threshold=0.0)


def _scaler(group: _Group) -> StandardScaler | RobustScaler:
    from sklearn.preprocessing import RobustScaler, StandardScaler

    return RobustScaler() if group == "robust" else StandardScaler()


def _ranks(n_quantiles: int) -> QuantileTransformer:
    from sklearn.preprocessing import QuantileTransformer

    return QuantileTransformer(n_quantiles=n_quantiles, subsample=None)


def _drawn_in(X: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Numbers near 0 stay, and none is further from it than `limit`: x / sqrt(1 + (x / limit)^2)."""
    return X / np.hypot(1, X / limit)


def _places(columns: Sequence[Column]) -> dict[str, list[int]]:
    """Which of the values go to which step."""
    places: dict[str, list[int]] = {name: [] for name in (*_CENTERS, "circles", "pairs", "categories")}
    begin = 0
    for column in _used(columns):
        places[_group(column)].append(begin)
        places["circles"] += range(begin + 1, begin + column.width)
        begin += column.width
    return places | {"hats": places["splines"]}


def _examples(columns: Sequence[Column], n: int) -> NDArray[np.float64]:
    """`n` rows of values, every second missing where values may be."""
    used = _used(columns)
    missing = np.repeat([_may_be_missing(column) for column in used], [column.width for column in used])
    return np.where(np.arange(n).reshape(-1, 1) % 2 * missing > 0, np.nan, 0.0)


def _group(column: Used) -> _Group:
    match column:
        case Numeric():
            return column.scaling
        case Categorical(encoding="boolean" | "known"):
            return "pairs"
        case Categorical(encoding="one-hot" | "hash"):
            return "categories"
    return "standard"


def _used(columns: Iterable[Column]) -> list[Used]:
    return [column for column in columns if not isinstance(column, LeftOut)]


def _members(columns: Iterable[Column], group: _Group) -> list[Used]:
    return [column for column in _used(columns) if _group(column) == group]


def _categories(columns: Iterable[Column], group: _Group) -> list[Categorical]:
    return [column for column in _members(columns, group) if isinstance(column, Categorical)]


def _may_be_missing(column: Used) -> bool:
    return isinstance(column, Numeric | Date) and column.has_missing

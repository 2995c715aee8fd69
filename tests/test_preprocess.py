"""Preprocessing: what it makes of columns, from the training part alone, and that it can be kept."""

import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descend.data.columns import Numeric
from descend.data.preprocess import Preprocess
from descend.data.treatments import Scaling, Treatment


def fit(**columns: list[object]) -> Preprocess:
    return Preprocess.fit(columns, scaling="standard")


def kept(preprocess: Preprocess) -> Preprocess:
    return Preprocess.model_validate_json(preprocess.model_dump_json())


def kinds(preprocess: Preprocess) -> dict[str, str]:
    """What each column was found to be."""
    return {column.name: column.described[0] for column in preprocess.columns}


def test_numbers_are_standardised() -> None:
    X = fit(x=[1.0, 3.0, 2.0, 2.0, 2.0]).transform({"x": [2.0, 4.0]})
    np.testing.assert_allclose(X, [[0], [2 / np.sqrt(2 / 5)]], rtol=1e-6)


def test_splines_are_hats_over_the_ranks_of_training() -> None:
    numbers = np.exp(np.random.default_rng(0).normal(size=1001))
    preprocess = Preprocess.fit({"x": numbers})
    assert kinds(preprocess) == {"x": "number, splines"}
    quantiles = np.quantile(numbers, [0, 0.25, 0.5, 1])
    X = preprocess.transform({"x": [*quantiles, -1.0, 1e9, None]})
    hats = np.zeros((7, 11))
    hats[[0, 1, 1, 2, 3, 4, 5, 6], [0, 2, 3, 5, 10, 0, 10, 5]] = [1, 0.5, 0.5, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(X[:, 1:], hats, atol=0.02)
    z = (quantiles - numbers.mean()) / numbers.std()
    np.testing.assert_allclose(X[:4, 0], z / np.sqrt(1 + (z / 10) ** 2), rtol=1e-5)
    assert X[5, 0] == pytest.approx(10)
    assert X[6, 0] == 0


def test_robust_scaling_goes_by_quartiles_and_draws_outliers_in() -> None:
    # Median 3, quartiles 2 and 4: 5 is 1 away, and 1e9 not quite 3.
    X = Preprocess.fit({"x": [1, 2, 3, 4, 5]}, scaling="robust").transform({"x": [3, 5, -1e9]})
    np.testing.assert_allclose(X[:, 0], [0, 1 / np.sqrt(1 + 1 / 9), -3], rtol=1e-6)


def test_a_missing_number_is_in_the_centre_and_is_told() -> None:
    # Mean 2 and variance 1/2 of what is there.
    preprocess = fit(x=[1.0, None, 3.0, 2.0, 2.0])
    np.testing.assert_allclose(preprocess.transform({"x": [None, 3.0]}), [[0, 1], [np.sqrt(2), 0]], rtol=1e-6)


@pytest.mark.parametrize("scaling", ["standard", "splines"])
def test_means_and_variances_are_by_weight(scaling: Scaling) -> None:
    rng = np.random.default_rng(0)
    numbers, counts = rng.normal(size=40), rng.integers(1, 5, 40)
    numbers[::7] = np.nan
    weighted = Preprocess.fit({"x": numbers}, scaling=scaling, weight=counts.astype(float))
    copies = Preprocess.fit({"x": np.repeat(numbers, counts)}, scaling=scaling)
    for one, other in zip(weighted.columns, copies.columns, strict=True):
        assert isinstance(one, Numeric)
        assert isinstance(other, Numeric)
        np.testing.assert_allclose([one.center, one.scale], [other.center, other.scale])


def test_a_number_missing_only_after_training_is_in_the_centre() -> None:
    assert fit(x=[1.0, 3.0, 2.0]).transform({"x": [None, 2.0]}).tolist() == [[0], [0]]


def test_a_pair_is_one_input_and_a_third_value_lies_between() -> None:
    preprocess = fit(c=["b", "a", "b"], flag=[True, True, False], bit=[0, 1, 1])
    assert kinds(preprocess) == dict.fromkeys(("c", "flag", "bit"), "boolean")
    table = {"c": ["a", "b", "c"], "flag": [True, False, None], "bit": [0, 1, 2]}
    assert preprocess.transform(table).tolist() == [[0, 1, 0], [1, 0, 1], [0.5, 0.5, 0.5]]


def test_a_category_is_one_input_and_an_unknown_one_is_none() -> None:
    preprocess = fit(c=["b", "a", "b", "c"])
    X = preprocess.transform({"c": ["a", "b", "d", None]})
    assert X.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_a_missing_category_is_one_of_its_own() -> None:
    preprocess = fit(c=["b", None, "b", "a"])
    assert preprocess.transform({"c": ["b", None, "c"]}).tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_numbers_in_a_column_of_words_are_words() -> None:
    assert fit(c=["1", "x", "1"]).transform({"c": [1.0, 2.0]}).tolist() == [[0], [0.5]]


def test_numbers_come_before_categories_in_any_order_of_columns() -> None:
    preprocess = fit(c=["a", "b", "a"], x=[1.0, 3.0, 2.0])
    assert preprocess.transform({"x": [2.0], "c": ["b"]}).tolist() == [[0, 1]]
    assert preprocess.inputs == ["x", "c is b"]


def test_many_categories_share_buckets_unless_told_otherwise() -> None:
    words = [f"w{i:03}" for i in range(150)]
    column = words[:100] * 5 + words[100:] * 3
    X = fit(c=column).transform({"c": [*words, "new"]})
    assert X.shape == (151, 128)
    assert np.array_equal(X.sum(axis=1), np.ones(151))
    assert 70 < len(set(X.argmax(axis=1))) < 128
    commonest = Preprocess.fit({"c": column}, treatments={"c": "one-hot"}).transform({"c": words})
    assert np.array_equal(commonest.sum(axis=1), [1] * 100 + [0] * 50)
    ranks = Preprocess.fit({"c": column}, treatments={"c": "ordinal"}).transform({"c": words})
    assert (np.diff(ranks[:100, 0]) > 0).all()
    assert np.array_equal(ranks[100:, 0], np.zeros(50))


def test_a_date_is_days_and_places_on_circles() -> None:
    monday, days = datetime(2024, 1, 1), [timedelta(days=day) for day in range(40)]
    preprocess = fit(when=[monday + day for day in days])
    assert preprocess.inputs == [
        "when",
        *(f"when: {wave} of the {circle}" for circle in ("year", "week") for wave in ("sine", "cosine")),
    ]
    X = preprocess.transform({"when": [monday, monday + days[7], monday + days[1], None]})
    np.testing.assert_allclose(X[0, 3:], X[1, 3:], atol=1e-5)
    turned = np.arctan2(X[2, 3], X[2, 4]) - np.arctan2(X[0, 3], X[0, 4])
    np.testing.assert_allclose(turned % (2 * np.pi), 2 * np.pi / 7, atol=1e-5)
    assert X[3].tolist() == [0] * 5
    as_text = Preprocess.fit({"when": [str(monday + day) for day in days]}, treatments={"when": "date"})
    assert kinds(as_text) == {"when": "date"}
    assert fit(when=[str(monday + day) for day in days]) == fit(when=[monday + day for day in days])


def test_columns_without_a_lesson_are_left_out() -> None:
    preprocess = fit(
        x=[i / 2 for i in range(30)],
        one=["a"] * 30,
        five=[5.0] * 30,
        empty=pa.array([None] * 30, pa.float64()),
        name=[f"person {i}" for i in range(30)],
        row=list(range(1, 31)),
        again=[i / 2 for i in range(30)],
    )
    assert {column.name: column.reason for column in preprocess.left_out} == {
        "one": "constant",
        "five": "constant",
        "empty": "constant",
        "name": "identifier",
        "row": "identifier",
        "again": "the same as x",
    }
    assert preprocess.transform({"x": [0.0], "name": ["new"]}).shape == (1, 1)


def test_of_words_that_hardly_repeat_it_counts_whether_they_are_there() -> None:
    cabins = [f"C{i}" if i % 2 else None for i in range(60)]
    preprocess = fit(cabin=cabins)
    assert preprocess.inputs == ["cabin is known"]
    assert preprocess.transform({"cabin": ["C1", None, "new"]}).tolist() == [[1], [0], [1]]


def test_numbers_that_count_are_learned_from_where_there_is_nothing_else() -> None:
    assert kinds(fit(row=list(range(30)))) == {"row": "number, standard"}


def test_a_word_among_numbers_is_an_error_unless_the_column_was_told() -> None:
    ages: list[object] = [*map(str, range(60)), "sixty"]
    other: list[object] = [1.0, 2.0, 3.0] * 20 + [1.0]
    with pytest.raises(ValueError, match="column 'age' holds sixty among numbers: mend the value"):
        fit(age=ages, other=other)
    ages[0] = "1000"
    assert kinds(fit(age=ages[:-1], other=other[:-1]))["age"] == "number, standard"
    told = Preprocess.fit({"age": ages, "other": other}, treatments={"age": "drop"})
    assert kinds(told)["age"] == "left out"


def test_what_a_column_is_can_be_told() -> None:
    columns = {"row": list(range(30)), "grade": [1, 2, 3] * 10, "x": [i / 2 for i in range(30)]}
    preprocess = Preprocess.fit(columns, treatments={"row": "robust", "grade": "one-hot", "x": "drop"})
    assert kinds(preprocess) == {"row": "number, robust", "grade": "category, one-hot", "x": "left out"}
    assert preprocess.inputs == ["row", "grade is 1", "grade is 2", "grade is 3"]


@pytest.mark.parametrize(
    ("treatments", "sentence"),
    [
        ({"y": "drop"}, "there is no column 'y' to treat: the columns are x"),
        ({"x": "scale"}, "column 'x' has the treatment 'scale': give one of numeric, splines"),
        ({"x": "boolean"}, "column 'x' has 3 different values: boolean needs two"),
        ({"x": "date"}, "column 'x' holds '1.5', and dates are needed there"),
    ],
)
def test_a_treatment_that_does_not_fit_is_refused(treatments: dict[str, Treatment], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Preprocess.fit({"x": [1.5, 2.5, 3.5]}, treatments=treatments)


def test_a_matrix_of_words_and_numbers_is_as_good_as_a_table() -> None:
    columns = {"0": [1.5, None, 2.5, 4.0], "1": ["a", "b", "b", None], "2": ["1", "x", "x", "1"]}
    matrix = np.array([[1.5, "a", 1], [np.nan, "b", "x"], [2.5, "b", "x"], [4.0, np.nan, 1]], dtype=object)
    expected = Preprocess.fit(columns)
    assert Preprocess.fit(matrix) == expected
    np.testing.assert_array_equal(expected.transform(matrix), expected.transform(columns))
    with pytest.raises(TypeError, match=r"column '0' holds complex128: give numbers, text"):
        Preprocess.fit(np.full((3, 2), 1j))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_as_good_as_tables(library: str) -> None:
    columns = {
        "x": [1.5, None, 3.5, 2.0],
        "c": ["a", "b", None, "d"],
        "when": [datetime(2024, 1, day) for day in (1, 2, 3, 4)],
    }
    frame = pytest.importorskip(library).DataFrame(columns)
    by_columns, by_frame = Preprocess.fit(columns), Preprocess.fit(frame)
    assert by_frame == by_columns
    assert by_frame.transform(frame).tobytes() == by_columns.transform(columns).tobytes()


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to learn from in the columns a, b"):
        fit(a=["x", "x"], b=[1.0, 1.0])


def test_only_what_it_is_fitted_to_decides() -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=40), "c": rng.choice(["a", "b"], 40)})
    train, rest = table.slice(0, 30), table.slice(30)
    changed = pa.concat_tables([train, pa.table({"x": rng.normal(9, 9, size=10), "c": ["zzz"] * 10})])
    preprocess = Preprocess.fit(train, scaling="standard")
    assert Preprocess.fit(changed.slice(0, 30), scaling="standard") == preprocess
    np.testing.assert_allclose(preprocess.transform(train)[:, 0].mean(), 0, atol=1e-6)
    assert abs(preprocess.transform(rest)[:, 0].mean()) > 1e-3


columns = st.fixed_dictionaries(
    {
        "x": st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=5, max_size=5),
        "y": st.lists(st.integers(-999, 999).map(lambda i: i / 1000), min_size=5, max_size=5, unique=True),
        "c": st.lists(st.one_of(st.none(), st.sampled_from("abc\u00e9\u4e16")), min_size=5, max_size=5),
    }
)


@settings(max_examples=40)
@given(columns, columns)
def test_what_is_kept_transforms_to_the_same_bits(
    train: dict[str, list[object]], new: dict[str, list[object]]
) -> None:
    schema = pa.schema({"x": pa.float64(), "y": pa.float64(), "c": pa.string()})
    preprocess = Preprocess.fit(pa.table(train, schema=schema))
    table = pa.table(new, schema=schema)
    assert kept(preprocess) == preprocess
    assert kept(preprocess).transform(table).tobytes() == preprocess.transform(table).tobytes()
    assert np.isfinite(preprocess.transform(table)).all()


def test_what_is_kept_is_constants_and_names() -> None:
    preprocess = fit(x=[1.0, 3.0, 2.0], c=["b", "a", "b"], one=[1.0, 1.0, 1.0])
    deviation = pytest.approx((2 / 3) ** 0.5)
    assert json.loads(preprocess.model_dump_json()) == {
        "kind": "columns",
        "columns": [
            {
                "kind": "numeric",
                "name": "x",
                "scaling": "standard",
                "has_missing": False,
                "center": 2.0,
                "scale": deviation,
                "quantiles": [],
            },
            {
                "kind": "categorical",
                "name": "c",
                "encoding": "boolean",
                "categories": ["a", "b"],
                "is_text": True,
                "center": 0.0,
                "scale": 1.0,
            },
            {"kind": "left out", "name": "one", "reason": "constant"},
        ],
    }


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"x": [1.0]}, r"lacks c: give the columns of training, x, c\."),
        ({"x": [1.0], "c": ["a"], "d": [1.0]}, "also has d"),
        ({"X": [1.0], "c": ["a"]}, "lacks x and also has X"),
        ({"x": ["abc"], "c": ["a"]}, "column 'x' holds 'abc', and numbers are needed there"),
        ({"x": [1.0, float("inf")], "c": ["a", "b"]}, "column 'x' holds an infinite number"),
    ],
)
def test_a_table_that_does_not_match_is_refused(table: dict[str, list[object]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fit(x=[1.0, 2.0, 3.0], c=["a", "b", "a"]).transform(pa.table(table))


def test_an_infinite_number_is_refused_when_fitting() -> None:
    with pytest.raises(ValueError, match="column 'x' holds an infinite number"):
        fit(x=[1.0, 2.0, float("-inf")])


def test_inputs_are_named_in_their_order() -> None:
    preprocess = fit(size=[1.0, 2.5, None], town=["Bern", None, "Rome"], height=[1.0, 2.0, 4.0])
    table = pa.table({"size": [2.5, None], "town": ["Rome", "Bern"], "height": [1.0, 4.0]})
    by_name = dict(zip(preprocess.inputs, preprocess.transform(table).T, strict=True))
    assert by_name["size is missing"].tolist() == [0, 1]
    assert by_name["town is Rome"].tolist() == [1, 0]
    assert by_name["town is missing"].tolist() == [0, 0]
    assert by_name["size"][0] > 0
    assert by_name["height"][0] < 0 < by_name["height"][1]

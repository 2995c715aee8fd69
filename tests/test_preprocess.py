"""Preprocessing: what it makes of columns, from the training part alone, and that it can be kept."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descend.data.preprocess import Preprocess


def fit(**columns: list[object]) -> Preprocess:
    return Preprocess.fit(pa.table(columns))


def kept(preprocess: Preprocess) -> Preprocess:
    return Preprocess.model_validate_json(preprocess.model_dump_json())


def test_numbers_are_standardised() -> None:
    assert fit(x=[1.0, 3.0]).transform(pa.table({"x": [1.0, 3.0, 4.0]})).tolist() == [[-1], [1], [2]]


def test_a_missing_number_is_the_mean_and_is_told() -> None:
    # Mean 2 and deviation 1 of what is there: 1 and 3.
    preprocess = fit(x=[1.0, None, 3.0])
    assert preprocess.transform(pa.table({"x": [None, 3.0]})).tolist() == [[0, 1], [1, 0]]


def test_a_number_missing_only_after_training_is_the_mean() -> None:
    assert fit(x=[1.0, 3.0]).transform(pa.table({"x": pa.array([None, 3.0])})).tolist() == [[0], [1]]


def test_a_category_is_one_input_and_an_unknown_one_is_none() -> None:
    preprocess = fit(c=["b", "a", "b"])
    assert preprocess.transform(pa.table({"c": ["a", "b", "c", None]})).tolist() == [
        [1, 0],
        [0, 1],
        [0, 0],
        [0, 0],
    ]


def test_a_missing_category_is_one_of_its_own() -> None:
    preprocess = fit(c=["b", None, "b"])
    assert preprocess.transform(pa.table({"c": ["b", None, "c"]})).tolist() == [[0, 1], [1, 0], [0, 0]]


def test_numbers_in_a_column_of_words_are_words() -> None:
    assert fit(c=["1", "x", "1"]).transform(pa.table({"c": [1.0, 2.0]})).tolist() == [[1, 0], [0, 0]]


def test_numbers_come_before_categories_in_any_order_of_columns() -> None:
    preprocess = fit(c=["a", "b"], x=[1.0, 3.0])
    assert preprocess.transform(pa.table({"x": [3.0], "c": ["b"]})).tolist() == [[1, 0, 1]]


def test_the_commonest_hundred_categories_count() -> None:
    words = [f"w{i:03}" for i in range(150)]
    preprocess = fit(c=words[:100] * 5 + words[100:] * 3)
    X = preprocess.transform(pa.table({"c": words}))
    assert X.shape == (150, 100)
    assert np.array_equal(X.sum(axis=1), [1] * 100 + [0] * 50)


def test_columns_without_a_lesson_are_left_out() -> None:
    preprocess = fit(
        x=[float(i) for i in range(30)],
        one=["a"] * 30,
        five=[5.0] * 30,
        empty=pa.array([None] * 30, pa.float64()),
        name=[f"person {i}" for i in range(30)],
    )
    assert {column.name: column.reason for column in preprocess.left_out} == {
        "one": "constant",
        "five": "constant",
        "empty": "constant",
        "name": "identifier",
    }
    assert preprocess.transform(pa.table({"x": [0.0], "name": ["new"]})).shape == (1, 1)


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to learn from in the columns a, b"):
        fit(a=["x", "x"], b=[1.0, 1.0])


def test_only_what_it_is_fitted_to_decides() -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=40), "c": rng.choice(["a", "b"], 40)})
    train, rest = table.slice(0, 30), table.slice(30)
    changed = pa.concat_tables([train, pa.table({"x": rng.normal(9, 9, size=10), "c": ["zzz"] * 10})])
    preprocess = Preprocess.fit(train)
    assert Preprocess.fit(changed.slice(0, 30)) == preprocess
    np.testing.assert_allclose(preprocess.transform(train)[:, 0].mean(), 0, atol=1e-15)
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
    preprocess = fit(x=[1.0, 3.0], c=["b", "a"], one=[1.0, 1.0])
    assert json.loads(preprocess.model_dump_json()) == {
        "columns": [
            {"kind": "numeric", "name": "x", "mean": 2.0, "scale": 1.0, "has_missing": False},
            {"kind": "categorical", "name": "c", "categories": ["a", "b"]},
            {"kind": "left out", "name": "one", "reason": "constant"},
        ]
    }


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"x": [1.0]}, r"lacks c: give the columns of training, x, c\."),
        ({"x": [1.0], "c": ["a"], "d": [1.0]}, "has in excess d"),
        ({"X": [1.0], "c": ["a"]}, "lacks x and has in excess X"),
        ({"x": ["abc"], "c": ["a"]}, "column 'x' holds 'abc', and training had numbers there"),
        ({"x": [1.0, float("inf")], "c": ["a", "b"]}, "column 'x' holds an infinite number"),
    ],
)
def test_a_table_that_does_not_match_is_refused(table: dict[str, list[object]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fit(x=[1.0, 2.0], c=["a", "b"]).transform(pa.table(table))


def test_an_infinite_number_is_refused_when_fitting() -> None:
    with pytest.raises(ValueError, match="column 'x' holds an infinite number"):
        fit(x=[1.0, float("-inf")])


def test_inputs_are_named_in_their_order() -> None:
    preprocess = fit(size=[1.0, 2.5, None], town=["Bern", None, "Rome"], height=[1.0, 2.0, 4.0])
    table = pa.table({"size": [2.5, None], "town": ["Rome", "Bern"], "height": [1.0, 4.0]})
    by_name = dict(zip(preprocess.inputs, preprocess.transform(table).T, strict=True))
    assert by_name["size is missing"].tolist() == [0, 1]
    assert by_name["town is Rome"].tolist() == [1, 0]
    assert by_name["town is missing"].tolist() == [0, 0]
    assert by_name["size"][0] > 0
    assert by_name["height"][0] < 0 < by_name["height"][1]

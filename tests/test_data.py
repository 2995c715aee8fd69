"""Tables: read from CSV files and by name, their targets, and how they are split."""

import csv
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from descend.data.load import find_column, load_data
from descend.data.load.csv_files import read_csv, read_layout
from descend.data.prepare import divide
from descend.data.tables import is_number_type
from descend.data.target import Classes, Labels, Numbers, Task, infer_task


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, **options: object) -> dict[str, list[object]]:
    return read_csv(path, read_layout(path), **options).to_pydict()


def texts(*values: object, name: str = "t") -> pa.Table:
    return pa.table({name: [str(value) for value in values]})


# Reading


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2\n", ("a", "b")),
        ("1,2\n3,4\n", ("0", "1")),
        ("a,b\nx,y\nz,w\n", ("a", "b")),
        ("a,b\nx,y\na,w\n", ("0", "1")),
        ("39, State-gov, <=50K\n50, Private, <=50K\n", ("0", "1", "2")),
        ("0,1,kind\n1,2,3\n4,5,6\n", ("0", "1", "kind")),
        ("size , beds\n1,2\n", ("size", "beds")),
        (",a\n0,x\n1,y\n", ("0", "a")),
        ("\ufeffa,b\n1,2\n", ("a", "b")),
        ("\n\na,b\n\n1,2\n", ("a", "b")),
        ('"a, or b",c\n1,2\n', ("a, or b", "c")),
        ("?,word\n1,other\n2,third\n", ("0", "1")),
    ],
)
def test_a_header_is_told_from_a_row(
    write: Callable[[str], Path], content: str, names: tuple[str, ...]
) -> None:
    path = write(content)
    layout = read_layout(path)
    assert layout.names == names
    assert tuple(read_csv(path, layout).column_names) == names


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_is_found(write: Callable[[str], Path], delimiter: str, end: str) -> None:
    path = write(end.join([delimiter.join("abc"), delimiter.join(["1", "x", "2.5"])]) + end)
    assert read(path) == {"a": [1.0], "b": ["x"], "c": [2.5]}


def test_columns_are_numbers_or_text_and_null_where_missing(write: Callable[[str], Path]) -> None:
    path = write("n,s,d,b,e\n1, x ,2020-01-01,True,\n ?,NA,2020-01-02,False,\n-2.5e3,,,True,\n")
    assert read(path) == {
        "n": [1.0, None, -2500.0],
        "s": ["x", None, None],
        "d": [datetime(2020, 1, 1), datetime(2020, 1, 2), None],
        "b": ["True", "False", "True"],
        "e": [None, None, None],
    }


def test_text_columns_are_left_as_they_stand(write: Callable[[str], Path]) -> None:
    assert read(write("a,b\n01,1.50\n02,\n"), text=["a", "b", "absent"]) == {
        "a": ["01", "02"],
        "b": ["1.50", None],
    }


def test_quoted_fields_hold_delimiters_quotes_and_newlines(write: Callable[[str], Path]) -> None:
    assert read(write('a,b\n1,"x, ""y""\nz"\n')) == {"a": [1.0], "b": ['x, "y"\nz']}


def test_types_fit_the_rows_beyond_arrows_first_block(write: Callable[[str], Path]) -> None:
    rows = 300_000
    path = write("a,b\n" + "1,2\n" * rows + 'word,"in two\nlines"\n')
    assert path.stat().st_size > 2**20
    columns = read(path)
    assert columns["a"][-2:] == ["1", "word"]
    assert columns["b"][-1] == "in two\nlines"
    assert len(columns["a"]) == rows + 1


words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8).map("w{}".format)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, words, numbers), min_size=2, max_size=20))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, str, float]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("first", "word", "last"), *rows])
    assert list(zip(*read(path).values(), strict=True)) == rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\n", "has a header and no rows beneath it"),
        (b"a,b,a\n1,2,3\n", r"names 2 columns 'a' \(0, 2\)"),
        (b"a,b\n1,2\n3\n", r"line 3 has 1 field\(s\), and the file 2 column\(s\)"),
        (b'a,b\n"x\ny",1\n\n2,3,4\n', r"line 5 has 3 field\(s\)"),
        (b"1,2\n3,4\n5,6,7\n", r"line 3 has 3 field\(s\)"),
        (b"a,b\n" + b"1,2\n" * 300_000 + b"1\n", r"line 300002 has 1 field\(s\)"),
        (b'a,b\n1,"2\n3,4\n', "after line 1: unexpected end of data: close the quote left open"),
        (b"a,b\n\xff\xfe,2\n", "is not UTF-8 text"),
        (b"a,b\n" + b"x,2\n" * 300_000 + b"\xff,2\n", "is not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not UTF-8 text"),
    ],
)
def test_a_bad_file_is_explained(write: Callable[[bytes], Path], content: bytes, sentence: str) -> None:
    path = write(content)
    with pytest.raises(ValueError, match=sentence) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_a_folder_and_a_locked_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.csv"):
        read_layout(tmp_path / "absent.csv")
    with pytest.raises(IsADirectoryError):
        read_layout(tmp_path)
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    (tmp_path / "locked.csv").touch(mode=0)
    with pytest.raises(PermissionError, match=r"locked\.csv"):
        read_layout(tmp_path / "locked.csv")


@pytest.mark.parametrize(
    ("wanted", "found"), [("size", "size"), ("0", "size"), ("-1", "price"), ("2", "price")]
)
def test_a_column_is_found_by_name_or_index(wanted: str, found: str) -> None:
    assert find_column(["size", "beds", "price"], wanted, "houses.csv") == found


@pytest.mark.parametrize("wanted", ["prize", "3", "-4", ""])
def test_a_column_that_is_not_there_is_answered_with_those_that_are(wanted: str) -> None:
    with pytest.raises(ValueError, match=r"houses\.csv has no column .* columns are size, beds, price\."):
        find_column(["size", "beds", "price"], wanted, "houses.csv")


# Targets


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["yes", "no"] * 3, "classification"),
        ([0, 1, 1, 0], "classification"),
        ([3, 4, 5, 6, 7, 8] * 5, "classification"),
        ([3, 4, 5, 6, 7, 8] * 2, "regression"),
        (range(1000), "regression"),
        ([0.5, 1, 1.5], "regression"),
        (["1.0", "2.0", "1.0"], "classification"),
    ],
)
def test_the_task_is_inferred_from_the_target(values: list[object], task: str) -> None:
    assert infer_task(texts(*values))[0] == task


def test_a_word_among_the_targets_numbers_is_an_error() -> None:
    with pytest.raises(ValueError, match="target 't' holds oops among numbers: mend the value, or choose"):
        infer_task(texts(*map(str, range(60)), "oops"))


def test_classes_are_numbered_in_order_and_come_back_as_they_went_in() -> None:
    target = Classes.fit(texts("10", "9", "08", "10"))
    assert target.classes == ("08", "9", "10")
    assert target.encode(texts("9", "10", "08")).tolist() == [1, 2, 0]
    assert target.decode(np.eye(3)[[1, 2, 0]]) == {"t": ["9", "10", "08"]}
    assert Classes.fit(texts("b", "a", "9")).classes == ("9", "a", "b")


def test_one_output_is_the_probability_of_the_second_of_two_classes() -> None:
    target = Classes(name="t", classes=("no", "yes"))
    outputs = np.array([[0.25], [0.75]])
    assert target.probabilities(outputs).tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert target.decode(outputs) == {"t": ["no", "yes"]}


def test_a_class_with_a_full_stop_is_the_class_without() -> None:
    target = Classes(name="t", classes=("<=50K", ">50K", "etc."))
    assert target.encode(texts("<=50K.", ">50K", "etc.")).tolist() == [0, 1, 2]


def test_a_number_is_standardised_and_comes_back() -> None:
    values = texts(100, 200, 600)
    target = Numbers.fit(values)
    y = target.encode(values)
    assert y.mean() == pytest.approx(0, abs=1e-15)
    assert y.std() == pytest.approx(1)
    np.testing.assert_allclose(target.decode(y)["t"], [100, 200, 600])
    assert Numbers.fit(values, standardise=False).encode(values).tolist() == [[100], [200], [600]]


def test_several_numbers_have_a_unit_each() -> None:
    targets = pa.table({"a": [1.0, 3.0], "b": [10, 50]})
    both = Numbers.fit(targets)
    assert both.n_outputs == 2
    assert both.encode(targets).tolist() == [[-1, -1], [1, 1]]
    assert {name: values.tolist() for name, values in both.decode(np.array([[0.0, 1.0]])).items()} == {
        "a": [2],
        "b": [50],
    }


def test_several_targets_of_two_classes_have_an_output_each() -> None:
    targets = pa.table({"a": ["no", "yes"], "b": [True, False]})
    both = Labels.fit(targets)
    assert both.encode(targets).tolist() == [[0, 1], [1, 0]]
    assert both.decode(np.array([[0.2, 0.9]])) == {"a": ["no"], "b": ["True"]}
    with pytest.raises(ValueError, match="target 'c' has 3 classes, and several targets of classes need two"):
        Labels.fit(pa.table({"a": ["x", "y", "x"], "c": ["x", "y", "z"]}))


def test_weights_of_classes_are_given_by_name() -> None:
    target = Classes(name="t", classes=("no", "yes"))
    assert target.class_weight({"yes": 3.0}) == {1: 3.0}
    with pytest.raises(ValueError, match="target 't' has no class 'maybe': there are no, yes"):
        target.class_weight({"maybe": 1.0})


def test_a_target_that_cannot_be_used_is_explained() -> None:
    with pytest.raises(ValueError, match="holds one class, 'a'"):
        Classes.fit(texts("a", "a"))
    with pytest.raises(ValueError, match="holds c, which training has not seen: its classes are a, b"):
        Classes(name="t", classes=("a", "b")).encode(texts("a", "c"))
    with pytest.raises(ValueError, match="is 5 in every row"):
        Numbers.fit(texts(5, 5))
    for word in ("abc", "inf"):
        with pytest.raises(ValueError, match=f"holds '{word}', and regression needs finite numbers"):
            Numbers.fit(texts(1, word))


# What comes with the package


@pytest.mark.parametrize(
    ("name", "shape", "task"),
    [
        ("digits", (1797, 64), "classification"),
        ("breast_cancer", (569, 30), "classification"),
        ("wine", (178, 13), "classification"),
        ("iris", (150, 4), "classification"),
        ("diabetes", (442, 10), "regression"),
        ("houses", (47, 2), "regression"),
    ],
)
def test_built_in_sets(name: str, shape: tuple[int, int], task: str) -> None:
    data = load_data(name)
    assert (len(data), data.inputs.num_columns) == shape
    assert data.task == task
    assert all(is_number_type(column.type) for column in data.inputs.columns)


def test_the_houses_are_those_of_the_course(data_file: Callable[[str], Path]) -> None:
    data = load_data("houses")
    inputs, price = data.inputs.columns, data.targets["price"]
    fitted = LinearRegression().fit(np.transpose(inputs), np.asarray(price, dtype=float))
    np.testing.assert_allclose([fitted.intercept_, *fitted.coef_], [89597.91, 139.2107, -8738.02], rtol=1e-6)
    assert np.array_equal(
        np.transpose([*inputs, price]).astype(float),
        np.transpose(list(read(data_file("houses/ex1data2.csv")).values())),
    )


@pytest.mark.parametrize(
    ("name", "shape", "n_text"),
    [
        ("AmesHousing.csv", (2930, 82), 43),
        ("adult.data", (32561, 15), 9),
        ("adult.test", (16281, 15), 9),
        ("california_housing.csv", (20640, 9), 0),
        ("california_housing_raw.csv", (20640, 10), 1),
        ("covtype.20k.data", (20000, 55), 0),
        ("titanic_train.csv", (891, 12), 5),
        ("winequality-red.csv", (1599, 12), 0),
    ],
)
def test_real_files(data_file: Callable[[str], Path], name: str, shape: tuple[int, int], n_text: int) -> None:
    path = data_file(f"tabular/{name}")
    table = read_csv(path, read_layout(path))
    assert table.shape == shape
    assert sum(pa.types.is_string(column.type) for column in table.columns) == n_text


@pytest.mark.parametrize(
    ("m", "task", "n"), [(499, "classification", 0), (500, "classification", 50), (100, "regression", 10)]
)
def test_few_rows_of_classes_all_train(m: int, task: Task, n: int) -> None:
    data = load_data(pa.table({"x": np.arange(m), "y": np.arange(m) % 3}), "y")
    assert len(divide(data, task=task).validation) == n
    assert len(divide(data, task=task, validation=0.1).validation) == round(m / 10)

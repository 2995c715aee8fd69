"""Loading: the same examples from every kind of file, and one sentence for every bad one."""

import gzip
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pyarrow import csv, feather, parquet
from scipy import sparse

import descend as ds
from commands import Finished
from descend.data.load import idx
from descend.persist import load_model

Run = Callable[..., Finished]

TABLE = pa.table(
    {
        "x": [1.5, None, -2.0, 4.0],
        "n": [1, 2, 3, 5],
        "c": ["a", "b", None, "a"],
        "y": ["no", "yes", "no", "yes"],
    }
)


def idx_bytes(array: NDArray[np.generic]) -> bytes:
    """An array of bytes as IDX, by the format's own description."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


# Tables

WRITERS: dict[str, Callable[[Path], object]] = {
    "t.csv": lambda path: csv.write_csv(TABLE, path),
    "t.csv.gz": lambda path: _compressed(path, "gzip"),
    "t.csv.zst": lambda path: _compressed(path, "zstd"),
    "t.tsv": lambda path: csv.write_csv(TABLE, path, csv.WriteOptions(delimiter="\t")),
    "t.parquet": lambda path: parquet.write_table(TABLE, path),
    "t.feather": lambda path: feather.write_feather(TABLE, path),
    "a t\u00e9le, zu gro\u00df.csv": lambda path: csv.write_csv(TABLE, path),
}


def _compressed(path: Path, kind: str) -> None:
    with pa.CompressedOutputStream(str(path), kind) as stream:
        csv.write_csv(TABLE, stream)


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_is_the_same_from_every_format(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    data = ds.load_data(tmp_path / name, "y")
    assert data.inputs.to_pydict() == TABLE.drop_columns(["y"]).to_pydict()
    assert data.targets.to_pydict() == {"y": ["no", "yes", "no", "yes"]}
    assert data.name == ("a t\u00e9le, zu gro\u00df" if " " in name else "t")


def test_parts_in_a_folder_are_one_table(tmp_path: Path) -> None:
    for i in range(2):
        parquet.write_table(TABLE.slice(2 * i, 2), tmp_path / f"{i}.parquet")
    assert ds.load_data(tmp_path, -1).inputs.to_pydict() == TABLE.drop_columns(["y"]).to_pydict()
    parquet.write_table(TABLE.rename_columns(["x", "n", "d", "y"]), tmp_path / "2.parquet")
    with pytest.raises(ValueError, match=r"2\.parquet has other columns than 0\.parquet"):
        ds.load_data(tmp_path, -1)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library: str) -> None:
    module = pytest.importorskip(library)
    frame = TABLE.to_pandas() if library == "pandas" else module.from_arrow(TABLE)
    data = ds.load_data(frame, "y")
    assert data.inputs["c"].to_pylist() == ["a", "b", None, "a"]
    assert data.inputs["x"].null_count + int(np.isnan(data.inputs["x"].to_numpy()).sum()) > 0
    assert data.targets.to_pydict() == {"y": ["no", "yes", "no", "yes"]}


def test_several_targets_and_a_weight() -> None:
    data = ds.load_data(TABLE, ["y", 2], weight="n")
    assert data.inputs.column_names == ["x"]
    assert data.targets.column_names == ["y", "c"]
    assert len(data) == 3
    assert data.weight is not None
    assert data.weight.tolist() == [1, 2, 5]
    assert data.notes == ("Left out: 1 rows without a target.",)


# Arrays

X, Y = np.arange(24.0).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    "names", [("X", "y"), ("x_train", "y_train"), ("train_set_x", "train_set_y"), ("data", "target")]
)
@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_arrays_by_customary_names_or_by_keys(tmp_path: Path, names: tuple[str, str], kind: str) -> None:
    arrays = dict(zip(names, (X, Y), strict=True))
    path = tmp_path / f"t.{kind}"
    for given_names, keys in ((arrays, None), ({"first": X, "second": Y}, ("first", "second"))):
        if kind == "npz":
            np.savez(path, **given_names)
        else:
            with h5py.File(path, "w") as file:
                for name, array in given_names.items():
                    file[name] = array
        data = ds.load_data(path, keys=keys)
        assert np.array_equal(np.transpose(data.inputs.columns), X)
        assert data.targets["target"].to_pylist() == Y.tolist()
    with pytest.raises(ValueError, match=r"names no array in a customary way.*first \(6, 4\), second \(6,\)"):
        ds.load_data(path)
    with pytest.raises(ValueError, match="has no array 'third'"):
        ds.load_data(path, keys=("third", "second"))


def test_a_matrix_in_a_file_and_pairs(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    assert ds.load_data(tmp_path / "X.npy", -1).targets.to_pydict() == {"3": X[:, 3].tolist()}
    for pair in ((X, Y), (tmp_path / "X.npy", tmp_path / "y.npy")):
        data = ds.load_data(pair)
        assert (len(data), data.inputs.num_columns) == (6, 4)
    rows = ds.load_data((sparse.csc_matrix(X), Y)).take(np.array([2, 4]))
    assert np.array_equal(rows.inputs.toarray(), X[[2, 4]])
    with pytest.raises(ValueError, match="has 6 inputs and 5 targets"):
        ds.load_data((X, Y[:5]))


def test_the_mnist_folder(data_file: Callable[[str], Path]) -> None:
    data = ds.load_data(data_file("mnist"))
    assert data.inputs.shape == (60_000, 28, 28)
    assert data.test is not None
    assert (data.test.inputs.shape, data.task) == ((10_000, 28, 28), "classification")
    assert data.targets["target"].to_pylist()[:5] == [5, 0, 4, 1, 9]
    with gzip.open(data_file("mnist/t10k-images-idx3-ubyte.gz")) as file:
        assert data.test.inputs.tobytes() == file.read()[16:]


def test_the_cats_folder(data_file: Callable[[str], Path]) -> None:
    data = ds.load_data(data_file("catvnoncat"))
    assert data.inputs.shape == (209, 64, 64, 3)
    assert data.targets["target"].to_pylist().count("cat") == 72
    assert data.test is not None
    assert data.test.targets["target"].to_pylist().count("cat") == 33


def picture(path: Path, value: int, size: tuple[int, int] = (8, 6), mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value, 0, 0)).save(path)


def test_a_folder_of_images(tmp_path: Path) -> None:
    for i in range(3):
        picture(tmp_path / f"dark/{i}.png", i)
        picture(tmp_path / f"light/{i}.jpg", 200 + i)
    data = ds.load_data(tmp_path)
    assert data.inputs.shape == (6, 6, 8)
    assert data.targets["class"].to_pylist() == ["dark"] * 3 + ["light"] * 3
    assert data.inputs.mean(axis=(1, 2)).round().tolist() == [0, 1, 2, 200, 201, 202]
    assert ds.load_data(tmp_path, image_size=4, grey=False).inputs.shape == (6, 4, 4, 3)
    picture(tmp_path / "light/other.png", 9, (30, 30), "RGB")
    assert ds.load_data(tmp_path).inputs.shape == (7, 64, 64, 3)


def test_folders_of_training_and_testing_images(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name in ("a", "b"):
            picture(tmp_path / part / name / "1.png", 5)
    data = ds.load_data(tmp_path)
    assert data.test is not None
    assert (len(data), len(data.test)) == (2, 2)


# IDX, whose reader is our own

arrays = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(
    lambda shape: np.arange(int(np.prod(shape)), dtype=np.uint8).reshape(shape)
)


@given(arrays)
def test_idx_gives_what_was_written(array: NDArray[np.uint8]) -> None:
    assert np.array_equal(idx.parse_idx(idx_bytes(array), "file"), array)


@pytest.mark.parametrize(("code", "kind"), [(9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")])
def test_idx_of_every_type(code: int, kind: str) -> None:
    array = np.array([-3, 0, 100], kind)
    content = bytes([0, 0, code, 1, 0, 0, 0, 3]) + array.tobytes()
    parsed = idx.parse_idx(content, "file")
    assert parsed.dtype.isnative
    assert parsed.tolist() == [-3, 0, 100]


@settings(max_examples=500)
@given(arrays, st.data())
def test_idx_that_was_damaged_is_refused_or_is_another_array(
    array: NDArray[np.uint8], data: st.DataObject
) -> None:
    """A small fuzzer: bytes changed, cut off or added anywhere give a ValueError or an array of that size."""
    content = bytearray(idx_bytes(array))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(ValueError):
        parsed = idx.parse_idx(bytes(content), "file")
        assert parsed.nbytes == len(content) - 4 - 4 * parsed.ndim


# Bad files


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _bad(folder: Path) -> dict[str, str]:
    """Files and folders that are wrong, and what is said of each."""
    lines = "a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(5000))
    (folder / "cut.csv.gz").write_bytes(gzip.compress(lines.encode()))
    parquet.write_table(TABLE, folder / "cut.parquet")
    feather.write_feather(TABLE, folder / "cut.feather")
    np.savez(folder / "cut.npz", X=X, y=Y)
    np.save(folder / "cut.npy", X)
    with h5py.File(folder / "cut.h5", "w") as file:
        file["X"], file["y"] = X, Y
    for path in folder.glob("cut.*"):
        _cut(path)
    h5py.File(folder / "void.h5", "w").close()
    with h5py.File(folder / "keys.h5", "w") as file:
        file["pictures"], file["kinds"] = X, Y
    (folder / "promise.idx").write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 9, 0, 0, 0, 9]) + b"x" * 80)
    (folder / "overflow.idx").write_bytes(bytes([0, 0, 8, 4]) + b"\xff" * 16 + b"x" * 9)
    (folder / "no example.idx").write_bytes(bytes([0, 0, 13, 2]) + bytes(4) + b"\x7f" * 4)
    (folder / "ragged.csv").write_text("a,b\n1,2\n3,4,5\n")
    (folder / "mixed.csv").write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(50)) + "3,zwei\n")
    (folder / "twice.csv").write_text("a,b,a\n1,2,3\n")
    (folder / "constant.csv").write_text("a,b\n" + "".join(f"1,{i % 2}\n" for i in range(60)))
    (folder / "empty.csv").touch()
    (folder / "empty.parquet").touch()
    (folder / "empty.npy").touch()
    (folder / "plain.csv.zst").write_text("a,b\n1,2\n")
    (folder / "nothing").mkdir()
    for name, classes in (("one class", ["a"]), ("no image", ["a", "b"])):
        for each in classes:
            picture(folder / name / each / "1.png", 3)
    (folder / "no image/b/2.png").write_text("this is none")
    picture(folder / "torn/a/1.png", 3, (400, 400))
    picture(folder / "torn/b/1.png", 3, (400, 400))
    _cut(folder / "torn/b/1.png")
    parquet.write_table(pa.table({"a": [[1], [2]], "b": [1, 2]}), folder / "lists.parquet")
    np.save(folder / "objects.npy", np.array([{}], object), allow_pickle=True)
    return {
        "cut.csv.gz --target b": "cut.csv.gz is cut short",
        "plain.csv.zst --target b": "is not compressed as its name says",
        "cut.parquet --target y": "cut.parquet is no parquet file, or is cut short",
        "cut.feather --target y": "cut.feather is no feather file, or is cut short",
        "cut.npz": "cut.npz is no .npz file of numbers, or is cut short",
        "cut.npy --target 0": "cut.npy is no .npy file of numbers, or is cut short",
        "cut.h5": "cut.h5 is no HDF5 file, or is cut short or damaged",
        "void.h5": "void.h5 holds no arrays",
        "keys.h5": "keys.h5 names no array in a customary way: say which are X and y; it holds kinds (6,)",
        "promise.idx": "promise.idx says that it holds 9 x 9 values, 81 bytes, and holds 80",
        "overflow.idx": "overflow.idx says that it holds 4294967295 x 4294967295",
        "no+example.idx": "no example.idx holds an array of shape (0, 2139062143), without numbers",
        "ragged.csv --target a": "ragged.csv, line 3 has 3 field(s), and the file 2 column(s)",
        "mixed.csv --target b --task regression": "target 'b' holds 'zwei', and regression needs",
        "twice.csv --target b": "twice.csv names 2 columns 'a' (0, 2)",
        "constant.csv --target b": "there is nothing to learn from in the columns a",
        "empty.csv --target a": "empty.csv is empty",
        "empty.parquet --target a": "empty.parquet is no parquet file",
        "empty.npy --target 0": "empty.npy is no .npy file",
        "nothing": "nothing holds nothing that can be read together",
        "one+class": "one class has images of a alone: give at least two classes",
        "no+image": "2.png is no image: mend or remove it",
        "torn": "is an image that is cut short or damaged: mend or remove it",
        "lists.parquet --target b": "column 'a' holds list",
        "objects.npy --target 0": "objects.npy is no .npy file of numbers",
        "absent.parquet --target a": "absent.parquet is neither a file nor a built-in data set",
    }


def test_a_bad_file_is_one_sentence_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    cases = _bad(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for command, sentence in cases.items():
        finished = run("train", *(word.replace("+", " ") for word in command.split()))
        assert sentence in finished.err, command
        assert (finished.code, finished.err.count("\n")) == (2, 1), command
        assert "Traceback" not in finished.err
        assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npy", "a.npz", "a.h5", "a.idx"])
def test_a_file_without_permission_is_named(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0)
    finished = run("train", name, "--target", "0")
    assert (finished.code, finished.err) == (2, f"descend: Permission denied: {name}.\n")


def test_ten_thousand_columns_train(run: Run, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 9, (40, 10_000))
    np.savetxt(
        tmp_path / "wide.csv", rows, "%d", ",", header=",".join(f"c{j}" for j in range(10_000)), comments=""
    )
    finished = run(
        "train", "wide.csv", "--target", "c0", "--task", "regression", "--epochs", 1, "--hidden", 4, "--quiet"
    )
    assert finished == (0, "", "")


@pytest.mark.parametrize("name", ["big.csv", "big.parquet"])
def test_predictions_of_a_file_in_parts_are_those_of_the_whole(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    m = 3000
    x = np.random.default_rng(0).normal(size=m)
    table = pa.table({"id": [f"row {i}" for i in range(m)], "x": x, "y": np.where(x > 0, "up", "down")})
    (csv.write_csv if name.endswith("csv") else parquet.write_table)(table, tmp_path / name)
    assert run("train", name, "--target", "y", "--epochs", 2, "--output", "run", "--quiet").code == 0
    whole = run("predict", "run", name, "--probabilities").out
    assert whole.splitlines()[0] == "id,y,probability of down,probability of up"
    assert [line.split(",")[0] for line in whole.splitlines()[1:]] == table["id"].to_pylist()
    monkeypatch.setattr("descend.cli.reading._ROWS_AT_ONCE", 700)
    assert run("predict", "run", name, "--probabilities").out == whole
    assert run("predict", "run", name, "--probabilities", "--output", "out.csv") == (0, "", "")
    assert Path("out.csv").read_text() == whole


def test_a_sparse_matrix_is_prepared_and_learned_from_as_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = sparse.random_array((400, 50), density=0.1, rng=rng, format="coo")
    data = ds.load_data((rows, np.where(rows.sum(axis=1) > 2.5, "much", "little")))
    prepared = ds.prepare(data)
    train = prepared.parts["train"]
    assert sparse.issparse(train.X)
    assert abs(train.X).max(axis=0).toarray().max() == 1
    network = ds.Network(50, [ds.Dense(8), ds.Dense(1, "sigmoid")], seed=0)
    ds.train(network, train.X, train.y, epochs=60, seed=0)
    ds.save(network, tmp_path / "m", preprocess=prepared.preprocess, target=prepared.target)
    test, model = prepared.parts["test"], load_model(tmp_path / "m")
    assert model.preprocess is not None
    again = model.network.predict(model.preprocess.transform(test.data.inputs))
    assert np.array_equal(again, network.predict(test.X))
    assert np.mean((again[:, 0] > 0.5) == test.y) > 0.7


def test_the_file_of_training_predicts_with_its_weights_in_it(run: Run, tmp_path: Path) -> None:
    lines = [f"{i % 7}.5,{i % 3 + 1},{'up' if i % 7 > 3 else 'down'}" for i in range(100)]
    (tmp_path / "t.csv").write_text("x,w,y\n" + "\n".join(lines) + "\n")
    finished = run("train", "t.csv", "--target", "y", "--weight", "w", "--epochs", 1, "--output", "run")
    assert "Left out, weight: w." in finished.out
    assert run("predict", "run", "t.csv").code == 0

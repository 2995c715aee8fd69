"""Streams: all rows once an epoch, mixed from all over the data, and the training that they give."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv, parquet

import descend as ds
from descend.ahead import ahead
from descend.data.stream import Stream, stream

M, N = 60_000, 12
KINDS = ["npy", "npy column", "parquet", "parquet parts", "csv"]


@pytest.fixture(scope="module")
def rows() -> NDArray[np.float32]:
    """X and, last, a column that numbers the rows."""
    X = np.random.default_rng(0).normal(size=(M, N + 1)).astype(np.float32)
    X[:, -1] = np.arange(M)
    return X


@pytest.fixture(scope="module")
def opened(rows: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stream]:
    """A stream of the rows from each kind of file, the number being the target."""
    folder = tmp_path_factory.mktemp("stream")
    np.save(folder / "X.npy", rows[:, :-1])
    np.save(folder / "y.npy", rows[:, -1])
    np.save(folder / "all.npy", rows)
    table = pa.table({f"x{j}": rows[:, j] for j in range(N)} | {"row": rows[:, -1]})
    parquet.write_table(table, folder / "t.parquet", row_group_size=2000)
    (folder / "parts").mkdir()
    for i in range(3):
        parquet.write_table(
            table.slice(i * 20_000, 20_000), folder / f"parts/{i}.parquet", row_group_size=3000
        )
    csv.write_csv(table, folder / "t.csv")
    return lambda kind: {
        "npy": lambda: stream(folder / "X.npy", folder / "y.npy"),
        "npy column": lambda: stream(np.load(folder / "all.npy", mmap_mode="r"), -1),
        "parquet": lambda: stream(folder / "t.parquet", "row", preprocess=False),
        "parquet parts": lambda: stream(folder / "parts", "row", preprocess=False),
        "csv": lambda: stream(folder / "t.csv", "row", preprocess=False),
    }[kind]()


def parts(
    source: Stream, epoch: int = 0, **options: object
) -> list[tuple[NDArray[np.float32], NDArray[np.int_]]]:
    options = {"seed": 0, "batch_size": 64, "shuffle": True, **options}
    return [(X, np.asarray(y).astype(int)) for X, y, _ in source.parts(epoch, **options)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_epoch_has_every_row_once_with_its_target(
    opened: Callable[[str], Stream], rows: NDArray[np.float32], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descend.data.stream._PART_BYTES", 7000 * 4 * N)
    source = opened(kind)
    assert (source.n_rows, source.n_inputs) == (M, N)
    found = parts(source)
    assert len(found) == 9
    assert {len(X) for X, _ in found[:-1]} == {6720}
    assert np.array_equal(np.sort(np.concatenate([y for _, y in found])), np.arange(M))
    for X, y in found:
        np.testing.assert_allclose(X, rows[y, :-1], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_is_of_its_seed_and_epoch(opened: Callable[[str], Stream], kind: str) -> None:
    source = opened(kind)

    def order(**options: int) -> list[int]:
        return np.concatenate([y for _, y in parts(source, **options)]).tolist()

    assert order() == order()
    assert order() != order(epoch=1)
    assert order() != order(seed=1)
    assert order(shuffle=False) == list(range(M))


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_drawn_from_all_over_the_data(
    opened: Callable[[str], Stream], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descend.data.stream._PART_BYTES", 20_000 * 4 * N)
    for _, y in parts(opened(kind)):
        assert len(set(y // 6000)) >= 6


@pytest.mark.parametrize("kind", KINDS)
def test_training_on_a_stream_is_training(opened: Callable[[str], Stream], kind: str) -> None:
    source = opened(kind)
    X, y = (np.concatenate(each) for each in zip(*parts(source), strict=True))

    def trained(data: object, target: object, options: dict[str, object]) -> tuple[ds.Network, ds.History]:
        network = ds.Network(N, [ds.Dense(8, "tanh"), ds.Dense(1)], seed=0)
        history = ds.train(network, data, target, loss="squared_error", seed=0, batch_size=64, **options)
        return network, history

    # All rows are in one part here, and in the order of the part: the same steps as in memory.
    in_memory, expected = trained(X, y / M, {"epochs": 1})

    class Scaled:
        n_rows = source.n_rows

        def parts(self, epoch: int, **options: object) -> Iterator[tuple[object, object, None]]:
            for X, y, _ in source.parts(epoch, **options):
                yield X, y / np.float32(M), None

    streamed, history = trained(Scaled(), None, {"epochs": 1})
    assert history.cost == pytest.approx(expected.cost, rel=1e-6)
    np.testing.assert_allclose(streamed.parameters, in_memory.parameters, atol=1e-6)
    again, _ = trained(Scaled(), None, {"epochs": 2, "schedule": ds.Cosine()})
    other, _ = trained(Scaled(), None, {"epochs": 2, "schedule": ds.Cosine(), "n_threads": 1})
    assert np.array_equal(again.parameters, other.parameters)


def test_a_table_is_prepared_by_a_sample(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(5, 3, 3000)
    table = pa.table({"x": x, "c": rng.choice(["a", "b", "c"], 3000), "y": np.where(x > 5, "yes", "no")})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=500)
    source = stream(tmp_path / "t.parquet", "y")
    network = ds.Network(source.n_inputs, [ds.Dense(8), ds.Dense(1, "sigmoid")], seed=0)
    history = ds.train(network, source, epochs=20, seed=0)
    assert history.cost[-1] < 0.1
    assert source.target is not None
    assert source.preprocess is not None
    outputs = network.predict(source.preprocess.transform(table.drop_columns(["y"])))
    assert np.mean(np.array(source.target.decode(outputs)["y"]) == table["y"].to_pylist()) > 0.97


def test_quoted_line_ends_and_empty_lines_are_no_rows(tmp_path: Path) -> None:
    lines = [f'{i},"a, ""b""\n{i}"\n' + "\n" * (i % 3 == 0) for i in range(30_000)]
    (tmp_path / "t.csv").write_text("row,text\n" + "".join(lines))
    source = stream(tmp_path / "t.csv", "row", treatments={"text": "hash"}, task="regression")
    assert source.n_rows == 30_000
    assert source.target is not None
    values = [
        source.target.decode(y)["row"] for _, y, _ in source.parts(0, seed=0, batch_size=32, shuffle=True)
    ]
    np.testing.assert_allclose(np.sort(np.concatenate(values)), np.arange(30_000), atol=1e-6)


def test_what_a_stream_cannot_do_is_refused(opened: Callable[[str], Stream], tmp_path: Path) -> None:
    source = opened("npy")
    network = ds.Network(N, [ds.Dense(1)], seed=0)
    for options, sentence in (
        ({"y": [1.0]}, "leave out y and sample_weight"),
        ({"batch_size": "full"}, "batch_size 'full' needs all examples"),
        ({"validation": 0.1}, r"a stream cannot be split: give \(Xv, yv\)"),
        ({"metrics": ["r2"]}, "metrics of a stream need examples to judge by"),
        ({"ema_decay": 0.9}, "without ema_decay"),
    ):
        with pytest.raises(ValueError, match=sentence):
            ds.train(network, source, **options)
    with pytest.raises(TypeError, match="list cannot be streamed"):
        stream([[1.0]], 0)
    (tmp_path / "t.csv.gz").touch()
    with pytest.raises(ValueError, match="cannot be streamed: give a Parquet"):
        stream(tmp_path / "t.csv.gz", 0)


def test_divergence_brings_back_the_last_good_epoch(opened: Callable[[str], Stream]) -> None:
    network = ds.Network(N, [ds.Dense(1)], seed=0)
    before = network.parameters.copy()
    with pytest.raises(ds.DivergedError):
        ds.train(network, opened("npy"), optimizer=ds.GradientDescent(1e30), seed=0)
    assert np.array_equal(network.parameters, before)


def test_reading_ahead_keeps_order_and_errors_and_stops_when_left() -> None:
    assert list(ahead(range(5))) == [0, 1, 2, 3, 4]

    def broken() -> Iterator[int]:
        yield 1
        raise OSError("torn")

    reader = ahead(broken())
    assert next(reader) == 1
    with pytest.raises(OSError, match="torn"):
        next(reader)

    made = []

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            yield made[-1]

    reader = ahead(endless())
    assert next(reader) == 0
    time.sleep(0.05)
    reader.close()
    assert len(made) <= 4

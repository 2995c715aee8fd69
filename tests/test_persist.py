"""Models in files: the same bits come back, whole or not at all, and what is no model is refused."""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

import descend as ds
from descend import persist
from descend.data.preprocess import Preprocess
from descend.data.target import Classes


def network(dtype: str = "float32") -> ds.Network:
    layers = [
        ds.Dense(5, "tanh", dropout=0.25),
        ds.Dense(4, "relu", init=("normal", 0.01)),
        ds.Dense(3, "softmax"),
    ]
    return ds.Network(2, layers, seed=2**64 - 1, dtype=dtype)


def description(path: Path) -> dict[str, object]:
    with safe_open(path, framework="numpy") as file:
        return dict(json.loads(file.metadata()["descend"]))


def rewrite(path: Path, **changes: object) -> None:
    """Change the description of a saved model."""
    with safe_open(path, framework="numpy") as file:
        tensors = {"parameters": file.get_tensor("parameters")}
    save_file(tensors, path, {"descend": json.dumps(description(path) | changes)})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_comes_back_bit_for_bit(tmp_path: Path, dtype: str) -> None:
    net = network(dtype)
    ds.save(net, tmp_path / "model.safetensors")
    loaded = ds.load(tmp_path / "model.safetensors")
    assert repr(loaded) == repr(net)
    assert loaded.parameters.tobytes() == net.parameters.tobytes()
    X = np.random.default_rng(0).normal(size=(7, 2))
    assert loaded.predict(X).tobytes() == net.predict(X).tobytes()


names = st.sampled_from(
    ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"]
)


@given(
    st.integers(1, 4),
    st.lists(st.builds(ds.Dense, st.integers(1, 5), names), min_size=1, max_size=4),
    st.sampled_from(["float32", "float64"]),
    st.integers(0, 2**64 - 1),
)
def test_any_network_comes_back(
    tmp_path_factory: pytest.TempPathFactory, n_inputs: int, layers: list[ds.Dense], dtype: str, seed: int
) -> None:
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    net = ds.Network(n_inputs, layers, seed=seed, dtype=dtype)
    ds.save(net, path)
    loaded = ds.load(path)
    assert repr(loaded) == repr(net)
    assert loaded.parameters.tobytes() == net.parameters.tobytes()


def test_preprocessing_and_target_come_back(tmp_path: Path) -> None:
    table = pa.table({"x": [1.0, None, 4.0], "c": ["a", "b", None]})
    model = persist.Model(
        ds.Network(5, [ds.Dense(1, "sigmoid")], seed=0),
        Preprocess.fit(table, scaling="standard"),
        Classes(name="t", classes=("no", "yes")),
    )
    persist.save(model.network, tmp_path / "m", preprocess=model.preprocess, target=model.target)
    loaded = persist.load_model(tmp_path / "m")
    assert loaded[1:] == model[1:]
    X = loaded.preprocess.transform(table)
    assert X.tobytes() == model.preprocess.transform(table).tobytes()
    assert loaded.network.predict(X).tobytes() == model.network.predict(X).tobytes()


def test_the_file_is_one_array_and_a_description(tmp_path: Path) -> None:
    ds.save(network(), tmp_path / "m")
    with safe_open(tmp_path / "m", framework="numpy") as file:
        assert list(file.keys()) == ["parameters"]
        assert np.array_equal(file.get_tensor("parameters"), network().parameters)
    assert description(tmp_path / "m") == {
        "format": 1,
        "version": ds.__version__,
        "dtype": "float32",
        "seed": 2**64 - 1,
        "n_inputs": 2,
        "layers": [
            {"units": 5, "activation": "tanh", "dropout": 0.25, "batch_norm": False},
            {"units": 4, "activation": "relu", "dropout": 0.0, "batch_norm": False},
            {"units": 3, "activation": "softmax", "dropout": 0.0, "batch_norm": False},
        ],
        "preprocess": None,
        "target": None,
    }


def test_a_torn_file_is_refused_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "m"
    ds.save(network(), path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is no model that descend saved, or is damaged"):
            ds.load(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_inputs": 3},
        {"n_inputs": 0},
        {"layers": []},
        {"layers": [{"units": 3, "activation": "nonesuch", "dropout": 0.0, "batch_norm": False}]},
        {"dtype": "float16"},
        {"seed": -1},
        {"unknown": 1},
        {"preprocess": {"columns": [{"kind": "numeric"}]}},
        {"format": "one"},
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    ds.save(network(), tmp_path / "m")
    rewrite(tmp_path / "m", **changes)
    with pytest.raises(ValueError, match="is no model that descend saved, or is damaged"):
        ds.load(tmp_path / "m")


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    save_file({"weight": np.zeros(3)}, tmp_path / "foreign.safetensors")
    (tmp_path / "words.safetensors").write_text("words")
    (tmp_path / "empty.safetensors").touch()
    for path in tmp_path.iterdir():
        with pytest.raises(ValueError, match=rf"{path.name} is no model that descend saved"):
            ds.load(path)
    with pytest.raises(FileNotFoundError, match=r"absent\.safetensors"):
        ds.load(tmp_path / "absent.safetensors")
    with pytest.raises(IsADirectoryError):
        ds.load(tmp_path)


@pytest.mark.parametrize("model", [ds.Ensemble([network()]), ds.MLPClassifier(), None])
def test_what_is_no_network_is_not_saved(model: object, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"give a Network, such as one of an ensemble's members"):
        ds.save(model, tmp_path / "m")  # type: ignore[arg-type]


def test_a_later_format_asks_for_a_later_version(tmp_path: Path) -> None:
    ds.save(network(), tmp_path / "m")
    rewrite(tmp_path / "m", format=2, version="9.9.9", news=True)
    with pytest.raises(
        ValueError, match=r"was written by descend 9\.9\.9, and this is .*: install that version"
    ):
        ds.load(tmp_path / "m")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m"
    ds.save(network(), path)
    before = path.read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        ds.save(network("float64"), path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        ds.save(network(), tmp_path / "absent" / "m")
    assert caught.value.filename == str(tmp_path / "absent" / "m")


def test_a_saved_file_has_the_users_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    ds.save(network(), tmp_path / "m")
    assert (tmp_path / "m").stat().st_mode == (tmp_path / "usual").stat().st_mode

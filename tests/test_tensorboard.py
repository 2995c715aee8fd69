"""TensorBoard's event files: every number of the history is in them."""

import builtins
import struct
from pathlib import Path

import pytest

import descend as ds
from descend.gradient_norms import GradientNorms
from descend.tensorboard import TensorBoard

X = [[0.0], [1.0], [2.0], [3.0]]


def scalars(file: Path) -> dict[str, list[float]]:
    """The scalars of an event file by name: records of length, checksum, event, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    content, place, found = file.read_bytes(), 0, {}
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        event = Event.FromString(content[place + 12 : place + 12 + length])
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
        place += length + 16
    return found


def test_the_events_are_the_history(tmp_path: Path) -> None:
    import numpy as np

    x = np.array(X, "float32")
    network = ds.Network(1, [ds.Dense(3, "tanh"), ds.Dense(1, "linear")], seed=0)
    norms = GradientNorms(x, x[:, 0])
    history = ds.train(
        network,
        x,
        x[:, 0],
        epochs=3,
        validation=0.25,
        metrics=["rmse"],
        callbacks=[norms, TensorBoard(tmp_path, norms)],
        seed=0,
    )
    (file,) = tmp_path.glob("events.out.tfevents.*")
    columns = {**history.columns(), **norms.columns()}
    del columns["epoch"]
    found = scalars(file)
    assert set(found) == set(columns)
    for name, values in columns.items():
        assert [step for step, _ in found[name]] == [1, 2, 3]
        assert [value for _, value in found[name]] == pytest.approx(values, rel=1e-6)


def test_without_tensorboardx_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = builtins.__import__

    def absent(name: str, *rest: object, **more: object) -> object:
        if name.startswith("tensorboardX"):
            raise ImportError(name)
        return inner(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r"pip install 'descend\[tensorboard\]'"):
        TensorBoard("events")

"""Handwritten digits: a network of the usual size learns them as well and as soon as it should."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import descend as ds


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in an IDX file of bytes: a magic number with the rank, the shape, the bytes."""
    with gzip.open(path) as file:
        rank = file.read(4)[3]
        shape = np.frombuffer(file.read(4 * rank), ">i4")
        return np.frombuffer(file.read(), np.uint8).reshape(shape)


def test_97_percent_within_five_epochs(data_file: Callable[[str], Path]) -> None:
    def split(name: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        images = read_idx(data_file(f"mnist/{name}-images-idx3-ubyte.gz"))
        labels = read_idx(data_file(f"mnist/{name}-labels-idx1-ubyte.gz"))
        return images.reshape(len(images), -1) / np.float32(255), labels

    (X, y), (X_test, y_test) = split("train"), split("t10k")
    network = ds.Network(784, [ds.Dense(128), ds.Dense(64), ds.Dense(10, "softmax")], seed=0)
    history = ds.train(
        network, X, y, optimizer=ds.Adam(1e-3), epochs=5, batch_size=128, seed=0, progress=False
    )
    assert history.cost == sorted(history.cost, reverse=True)
    assert np.mean(network.predict(X_test).argmax(axis=1) == y_test) >= 0.97

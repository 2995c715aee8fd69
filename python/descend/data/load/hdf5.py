"""HDF5: arrays by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from descend.data.dataset import Array
from descend.data.found import Found, pair
from descend.data.load.extras import extra


def read_hdf5(paths: Sequence[Path], keys: tuple[str, str] | None, source: Path) -> Found:
    """The arrays of files that belong together, such as ``train_catvnoncat.h5`` and ``test_catvnoncat.h5``.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        A file is cut short, no HDF5 or without arrays, or its arrays are none that `pair` knows.
    """
    arrays: dict[str, Array] = {}
    for path in paths:
        arrays |= _arrays(path)
    if not arrays:
        raise ValueError(
            f"{source} holds no arrays: give a file with the inputs and the targets as two of them."
        )
    return pair(arrays, keys, source)


def _arrays(path: Path) -> dict[str, Array]:
    h5py: Any = extra("h5py", "hdf5", str(path))
    path.open("rb").close()  # An error of h5py's own says less.
    arrays: dict[str, Array] = {}

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            arrays[name] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.visititems(keep)
    except (OSError, RuntimeError, KeyError) as error:
        raise ValueError(f"{path} is no HDF5 file, or is cut short or damaged: fetch it again.") from error
    return arrays

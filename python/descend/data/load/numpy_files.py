"""NumPy's own files: an array that stays on the disk until it is used, or several by name."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from descend.data.dataset import Array
from descend.data.found import Found, pair

_DAMAGE = (ValueError, EOFError, OSError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error)


def read_npy(path: Path) -> Array:
    """The array of a ``.npy`` file, memory-mapped.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no such file, is cut short, or holds Python objects.
    """
    path.open("rb").close()
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{path} is no .npy file of numbers, or is cut short ({error}).") from error
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} is no .npy file of one array: give it the name that fits its content.")
    return array


def read_npz(path: Path, keys: tuple[str, str] | None) -> Found:
    """The arrays of an ``.npz`` file, as `pair` finds them; raises as `read_npy`."""
    with path.open("rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except _DAMAGE as error:
            raise ValueError(f"{path} is no .npz file of numbers, or is cut short ({error}).") from error
    return pair(arrays, keys, path)

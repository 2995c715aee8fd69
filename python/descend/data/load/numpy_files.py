"""NumPy's own files: an array that stays on the disk until it is used, or several by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from descend.data.dataset import Array
from descend.data.found import Found, pair


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
    except Exception as error:
        raise _damaged(path, error) from error
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} is no .npy file of one array: give it the name that fits its content.")
    return array


def read_npz(path: Path, keys: tuple[str, str] | None) -> Found:
    """The arrays of an ``.npz`` file, as `pair` finds them; raises as `read_npy`."""
    with path.open("rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except Exception as error:
            raise _damaged(path, error) from error
    return pair(arrays, keys, path)


def _damaged(path: Path, error: Exception) -> ValueError:
    """What is said of a file that NumPy, or the zip, zlib and Python's parser beneath it, stumbles over."""
    reason = " ".join(str(error).split())
    return ValueError(
        f"{path} is no {path.suffix} file of numbers, or is cut short ({reason}): fetch it again."
    )

"""IDX, the format in which MNIST is published: a header of big-endian numbers and an array behind it."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path

import numpy as np

from descend.data.dataset import Array
from descend.data.found import Found, as_inputs, as_targets

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 32

NAMES = ("train-images", "train-labels", "t10k-images", "t10k-labels")
"""How the four files of an MNIST folder begin; behind that, as published, ``-idx3-ubyte`` and the like."""


def read_idx(path: Path) -> Array:
    """The array in an IDX file, plain or compressed by gzip, which its first bytes tell.

    Two zeros, a byte for the type, one for the number of dimensions, a big-endian uint32 for each of those,
    and then the array in C order.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no IDX file, is cut short, or holds more or less than its header says.

    References
    ----------
    Yann LeCun, Corinna Cortes, Christopher Burges: The MNIST database of handwritten digits.
    """
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is cut short or damaged ({error}): fetch it again.") from error
    return parse_idx(content, path)


def parse_idx(content: bytes, source: object) -> Array:
    """The array that these bytes of an IDX file hold; raises ValueError as `read_idx`."""
    if (
        len(content) < 4
        or content[:2] != b"\0\0"
        or content[2] not in _TYPES
        or content[3] > _MOST_DIMENSIONS
    ):
        raise ValueError(f"{source} is no IDX file: give one that begins with 0 0, a type and a rank.")
    dtype, begin = np.dtype(_TYPES[content[2]]), 4 + 4 * content[3]
    if len(content) < begin:
        raise ValueError(f"{source} is cut short within its header: fetch it again.")
    shape = tuple(map(int, np.frombuffer(content, ">u4", content[3], 4)))
    promised, held = math.prod(shape) * dtype.itemsize, len(content) - begin
    if promised != held:
        raise ValueError(
            f"{source} says that it holds {' x '.join(map(str, shape))} values, {promised:,} bytes, "
            f"and holds {held:,}: fetch it again."
        )
    return (
        np.frombuffer(content, dtype, offset=begin).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
    )


def is_named_so(path: Path) -> bool:
    """Whether a file is called like an IDX file."""
    return re.search(r"[.-]idx\d?(-|\.|$)|-ubyte", path.name) is not None


def find(folder: Path) -> dict[str, Path]:
    """The files of an MNIST folder that are there, by how their names begin."""
    files = sorted(folder.iterdir())
    return {
        name: path
        for name in NAMES
        for path in files
        if path.name.replace(".", "-").startswith(f"{name}-idx") and path.is_file()
    }


def read_folder(folder: Path) -> Found:
    """The training part of an MNIST folder and, where its two files are there, the test part."""
    files = find(folder)
    for name in NAMES[:2]:
        if name not in files:
            raise ValueError(
                f"{folder} has no {name}-idx file: fetch it, as MNIST's four files are published."
            )
    found = [_part(files, name) for name in ("train", "t10k") if f"{name}-labels" in files]
    return found[0]._replace(test=found[1] if len(found) > 1 else None)


def _part(files: dict[str, Path], name: str) -> Found:
    images, labels = files.get(f"{name}-images"), files[f"{name}-labels"]
    if images is None:
        raise ValueError(f"{labels} has no {name}-images-idx file beside it: fetch that too.")
    X, y = read_idx(images), read_idx(labels)
    if len(X) != y.size:
        raise ValueError(f"{images} has {len(X)} images and {labels} {y.size} labels: fetch both again.")
    return Found(as_inputs(X, images), as_targets(y, labels), task="classification")

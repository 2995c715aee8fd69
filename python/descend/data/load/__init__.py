"""One function that takes files, folders, frames, arrays and names of data sets alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from descend.data import builtin
from descend.data.dataset import Array, Data
from descend.data.found import Found, as_inputs, as_targets
from descend.data.load import columnar, csv_files, hdf5, idx, images, numpy_files
from descend.data.tables import as_table, numbers
from descend.text import listed

FilePath: TypeAlias = str | PathLike[str]
Column: TypeAlias = str | int

_COLUMNAR = (".parquet", ".pq", ".feather", ".arrow", ".ipc")
_HDF5 = (".h5", ".hdf5", ".hdf")


def load_data(
    source: Any,
    target: Column | Sequence[Column] | None = None,
    *,
    test: Any = None,
    weight: Column | None = None,
    keys: tuple[str, str] | None = None,
    image_size: int | None = None,
    grey: bool | None = None,
) -> Data:
    """Examples from a file, a folder, a frame, arrays, or by the name of a built-in set.

    Parameters
    ----------
    source : path, str, frame, array or (X, y)
        CSV or TSV (also ``.gz`` and ``.zst``), Parquet or a folder of its parts, Feather, ``.npy``, ``.npz``,
        HDF5, IDX or a folder of MNIST's four files, a folder of images with a sub-folder for each class; a
        pandas or polars frame or an Arrow table; NumPy arrays or a SciPy sparse matrix, as a pair with the
        targets; or a name from `descend.data.builtin.NAMES`.
    target : str, int or several of them, optional
        What is to be predicted: columns by name or by index, -1 being the last. It must be given for a table
        that does not keep its targets apart.
    test : as source, optional
        Examples to test on.
    weight : str or int, optional
        The column that says what each example weighs.
    keys : (str, str), optional
        The names of X and y in a file of several arrays; those with customary names if not given.
    image_size : int, optional
        The height and width of images from a folder; their own if all have the same, else 64.
    grey : bool, optional
        Whether to read images without their colours; if not given, where none of them has any.

    Raises
    ------
    OSError
        A file cannot be read.
    ImportError
        A library that such files need is not installed.
    TypeError, ValueError
        A file is damaged, empty or of no format above, or a column is not there.
    """
    reading = partial(read, keys=keys, image_size=image_size, grey=grey)
    found = reading(source, text=() if target is None else _several(target))
    data = _chosen(source, found, target, weight)
    if test is None:
        return data
    names = data.targets.column_names
    found = reading(test, text=names)
    return replace(data, test=_chosen(test, found, names if found.targets is None else None, weight))


def read(
    source: Any,
    *,
    text: Collection[Column] = (),
    keys: tuple[str, str] | None = None,
    image_size: int | None = None,
    grey: bool | None = None,
) -> Found:
    """What is in a source, all columns of a table; options and errors as `load_data`.

    `text` are the columns of a CSV file to be left as they stand in it.
    """
    if isinstance(source, tuple) and len(source) == 2:
        X, y = source
        found = Found(_inputs(X), _targets(y))
        _check_lengths(found, "the pair (X, y)")
        return found
    if not isinstance(source, str | PathLike):
        return Found(_inputs(source))
    if str(source) in builtin.NAMES:
        return builtin.load(str(source))
    path = Path(source)
    if not path.exists():
        nearest = get_close_matches(str(source), builtin.NAMES, n=1)
        remedy = f"did you mean {nearest[0]}?" if nearest else f"built in are {listed(builtin.NAMES)}."
        raise ValueError(f"{path} is neither a file nor a built-in data set: {remedy}")
    if path.is_dir():
        return _read_folder(path, keys, image_size, grey)
    return _read_file(path, text, keys)


def read_pictures(source: FilePath, shape: tuple[int, ...]) -> tuple[Found, pa.Table]:
    """Images, those of a folder resized to this shape, and what names them; errors as `load_data`.

    Where all of them lie in sub-folders, their classes are these, as in training.
    """
    path = Path(source)
    paths = images.all_in(path) if path.is_dir() else []
    if not paths:
        return read(source), pa.table({})
    names = pa.table({"image": [each.relative_to(path).as_posix() for each in paths]})
    sorted_by_class = all(each.parent != path for each in paths)
    classes = pa.table({"class": [each.parent.name for each in paths]}) if sorted_by_class else None
    pictures = images.read_pictures(paths, (shape[0], shape[1]), grey=len(shape) == 2)
    return Found(pictures, classes), names


def find_column(names: Sequence[str], wanted: Column, source: FilePath) -> str:
    """The column called `wanted`, or at that index (``-1`` is the last).

    Raises
    ------
    ValueError
        There is no such column; the sentence lists those there are.
    """
    if wanted in names:
        return str(wanted)
    try:
        return names[int(wanted)]
    except (ValueError, IndexError):
        nearest = get_close_matches(str(wanted), names, n=1)
        hint = f"did you mean {nearest[0]!r}? Its" if nearest else "its"
        raise ValueError(f"{source} has no column {wanted!r}: {hint} columns are {listed(names)}.") from None


def is_plain_csv(path: Path) -> bool:
    """Whether a file is taken for CSV, as all are that are called like nothing else, and not compressed."""
    suffix = _suffix(path)
    others = (*_COLUMNAR, *_HDF5, *images.SUFFIXES, ".npy", ".npz")
    return (
        path.is_file()
        and suffix not in others
        and not (idx.is_named_so(path) or csv_files.is_compressed(path))
    )


def _read_file(path: Path, text: Collection[Column], keys: tuple[str, str] | None) -> Found:
    suffix = _suffix(path)
    if suffix in _COLUMNAR:
        return Found(columnar.read_columnar([path]))
    if suffix in _HDF5:
        return hdf5.read_hdf5([path], keys, path)
    if suffix == ".npy":
        return Found(as_inputs(numpy_files.read_npy(path), path))
    if suffix == ".npz":
        return numpy_files.read_npz(path, keys)
    if idx.is_named_so(path):
        return Found(as_inputs(idx.read_idx(path), path))
    if suffix in images.SUFFIXES:
        raise ValueError(f"{path} is one image: give a folder with a sub-folder of images for each class.")
    return csv_files.read(path, text)


def _read_folder(
    path: Path, keys: tuple[str, str] | None, image_size: int | None, grey: bool | None
) -> Found:
    files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith((".", "_")))
    if idx.find(path):
        return idx.read_folder(path)
    if images.holds_images(path):
        return images.read_images(path, image_size, grey)
    for suffixes in ((".parquet", ".pq"), (".feather", ".arrow", ".ipc")):
        if parts := [each for each in files if _suffix(each) in suffixes]:
            return Found(columnar.read_columnar(parts))
    if parts := [each for each in files if _suffix(each) in _HDF5]:
        return hdf5.read_hdf5(parts, keys, path)
    raise ValueError(
        f"{path} holds nothing that can be read together: give a folder of Parquet parts, of MNIST's four "
        "files, of HDF5 files, or with a sub-folder of images for each class."
    )


def _chosen(
    source: Any, found: Found, target: Column | Sequence[Column] | None, weight: Column | None
) -> Data:
    """The target and the weights taken out of what was found, and the rows whose target is known."""
    label = str(source) if isinstance(source, str | PathLike) else "the data"
    inputs, targets = found.inputs, found.targets
    names = inputs.column_names if isinstance(inputs, pa.Table) else []
    if target is None and targets is None:
        remedy = "give them together, as (X, y)"
        if names:
            remedy = f"give one of its columns as target, {listed(names)}"
        raise ValueError(f"{label} needs a target: {remedy}.")
    if target is not None and targets is not None and _several(target) == targets.column_names:
        target = None
    if target is not None and targets is not None:
        if not names:
            raise ValueError(f"{label} keeps its targets apart: leave the target out.")
        inputs = pa.table([*inputs.columns, *targets.columns], names=[*names, *targets.column_names])
        names = inputs.column_names
    if target is not None:
        chosen = list(dict.fromkeys(find_column(names, each, label) for each in _several(target)))
        targets, inputs = inputs.select(chosen), inputs.drop_columns(chosen)
    weights = column = None
    if weight is not None:
        column = find_column(names, weight, label)
        weights, inputs = _weights(inputs[column], column, label), inputs.drop_columns([column])
    if isinstance(inputs, pa.Table) and not inputs.num_columns:
        raise ValueError(f"{label} has no column but the target: give some to predict it from.")
    test = None if found.test is None else _chosen(source, found.test, target, weight)
    task = found.task if target is None else None
    return _labelled(Data(_name(source), inputs, targets, weights, column, task, test, found.notes), label)


def _name(source: Any) -> str:
    """What a run folder is called after: a file without its endings, a folder, or a built-in set."""
    if not isinstance(source, str | PathLike):
        return "data"
    path = Path(source)
    if path.is_dir():
        return path.resolve().name
    return Path(path.stem).stem if csv_files.is_compressed(path) else path.stem


def _labelled(data: Data, label: str) -> Data:
    """The rows whose targets are all known."""
    known = np.ones(len(data), bool)
    for column in data.targets.columns:
        known &= ~np.asarray(pc.is_null(column, nan_is_null=True))
    if not known.any():
        raise ValueError(f"{label} lacks the target in every row: give rows to learn from.")
    if known.all():
        return data
    note = f"Left out: {int((~known).sum()):,} rows without a target."
    return replace(data.take(np.flatnonzero(known)), notes=(*data.notes, note))


def _weights(values: pa.ChunkedArray, name: str, label: str) -> NDArray[np.float64]:
    try:
        weights = numbers(values)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{label} has words in its column of weights, {name!r}: give numbers.") from error
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(f"{label} has a weight in {name!r} that is missing, infinite or below 0: mend it.")
    return weights


def _inputs(given: Any) -> Any:
    if isinstance(given, str | PathLike):
        given = _array(Path(given))
    if hasattr(given, "tocsr"):
        return given.tocsr()
    return as_inputs(given, "X") if isinstance(given, np.ndarray) else as_table(given)


def _targets(given: Any) -> pa.Table:
    if isinstance(given, str | PathLike):
        given = _array(Path(given))
    if hasattr(given, "columns"):
        return as_table(given)
    return as_targets(np.asarray(given), "y")


def _array(path: Path) -> Array:
    return idx.read_idx(path) if idx.is_named_so(path) else numpy_files.read_npy(path)


def _check_lengths(found: Found, source: str) -> None:
    m = found.inputs.num_rows if isinstance(found.inputs, pa.Table) else found.inputs.shape[0]
    if found.targets is not None and m != found.targets.num_rows:
        raise ValueError(f"{source} has {m} inputs and {found.targets.num_rows} targets: give one for each.")


def _several(target: Column | Sequence[Column]) -> list[Column]:
    return [target] if isinstance(target, str | int) else list(target)


def _suffix(path: Path) -> str:
    return Path(path.stem if csv_files.is_compressed(path) else path.name).suffix.lower()

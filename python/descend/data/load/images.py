"""A folder of images, with a sub-folder for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from descend.data.dataset import Array
from descend.data.found import Found
from descend.data.load.extras import extra
from descend.text import listed

SUFFIXES = (".png", ".jpg", ".jpeg")
_SIDE = 64
_PARTS = (("train", "training"), ("test", "testing"))


def class_folders(folder: Path) -> dict[str, list[Path]]:
    """The images of each sub-folder that has any, by its name; hidden ones do not count."""
    visible = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    images = {each.name: images_in(each) for each in visible}
    return {name: paths for name, paths in images.items() if paths}


def images_in(folder: Path) -> list[Path]:
    """The images that lie in a folder itself."""
    return sorted(
        each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and not each.name.startswith(".")
    )


def all_in(folder: Path) -> list[Path]:
    """The images that lie in a folder, or in any below it."""
    return sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES)


def holds_images(folder: Path) -> bool:
    """Whether there are images in sub-folders, or in those of a training part."""
    return bool(class_folders(folder)) or _part(folder, _PARTS[0]) is not None


def read_images(folder: Path, size: int | None, grey: bool | None) -> Found:
    """Images (m, height, width) or (m, height, width, 3), and the names of their sub-folders.

    Where there are the sub-folders ``train`` and ``test``, the classes' are in these. `size` and `grey` are
    those of the images if not given, where all have the same; else 64 pixels square, and colour.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        There is one class alone, or a file that is no image.
    """
    train, test = _part(folder, _PARTS[0]), _part(folder, _PARTS[1])
    found, shape, grey = _read(train or folder, size, grey)
    if train is None or test is None:
        return found
    return found._replace(test=_read(test, shape, grey)[0])


def read_pictures(paths: Sequence[Path], shape: tuple[int, int], *, grey: bool) -> Array:
    """Images (m, height, width) or (m, height, width, 3) of this size; raises as `read_images`."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.stack(list(threads.map(partial(_pixels, shape=shape, grey=grey), paths)))


def _read(
    folder: Path, size: int | tuple[int, int] | None, grey: bool | None
) -> tuple[Found, tuple[int, int], bool]:
    classes = class_folders(folder)
    if len(classes) < 2:
        raise ValueError(
            f"{folder} has images of {listed(list(classes)) or 'no class'} alone: give at least two classes."
        )
    paths = [path for images in classes.values() for path in images]
    kinds = Counter(map(_kind, paths))
    if size is None:
        sizes = {shape for shape, _ in kinds}
        size = sizes.pop() if len(sizes) == 1 else _SIDE
    shape = (size, size) if isinstance(size, int) else size
    if grey is None:
        grey = all(is_grey for _, is_grey in kinds)
    names = [name for name, images in classes.items() for _ in images]
    images = read_pictures(paths, shape, grey=grey)
    return Found(images, pa.table({"class": names}), task="classification"), shape, grey


def _part(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next(
        (folder / name for name in names if (folder / name).is_dir() and class_folders(folder / name)), None
    )


def _open(path: Path) -> Any:
    image: Any = extra("PIL.Image", "images", str(path))
    path.open("rb").close()
    try:
        return image.open(path)
    except (OSError, ValueError, SyntaxError, image.DecompressionBombError) as error:
        raise ValueError(f"{path} is no image: mend or remove it.") from error


def _kind(path: Path) -> tuple[tuple[int, int], bool]:
    with _open(path) as image:
        return (image.height, image.width), image.mode in ("1", "L", "I;16", "LA")


def _pixels(path: Path, shape: tuple[int, int], *, grey: bool) -> Array:
    with _open(path) as image:
        try:
            pixels = image.convert("L" if grey else "RGB").resize(shape[::-1])
        except (OSError, ValueError, SyntaxError) as error:
            raise ValueError(
                f"{path} is an image that is cut short or damaged: mend or remove it."
            ) from error
        return np.asarray(pixels)

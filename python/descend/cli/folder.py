"""The run folder: what it is called, and how it fills while a run goes on."""

from __future__ import annotations

import csv
import errno
import io
import itertools
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from descend import persist
from descend.callbacks import Callback, Run
from descend.gradient_norms import GradientNorms


class RunFolder:
    """A new folder of files, each written whole.

    Raises
    ------
    OSError
        It is there already and not empty, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = False
        check_new(path)
        self._made = [place for place in (path, *path.parents) if not place.exists()]
        with persist.naming(path):
            path.mkdir(parents=True, exist_ok=True)

    @classmethod
    @contextmanager
    def made(cls, path: Path) -> Iterator[RunFolder]:
        """The folder, which is gone again if an error comes before the model is in it."""
        folder = cls(path)
        try:
            yield folder
        except BaseException:
            if not folder.kept:
                folder._discard()
            raise

    def write(self, name: str, content: bytes | str) -> None:
        """Write a file, whole or not at all."""
        with persist.naming(self.path):
            persist.write_whole(self.path / name, content.encode() if isinstance(content, str) else content)

    def keep(self) -> None:
        """The run is worth keeping, whatever happens from now on."""
        self.kept = True

    def _discard(self) -> None:
        shutil.rmtree(self.path)
        with suppress(OSError):  # Somebody else may have put something there by now.
            for place in self._made[1:]:
                place.rmdir()


class HistoryFiles(Callback):
    """Writes each epoch's line into history.csv and history.jsonl as soon as it has ended."""

    def __init__(self, folder: Path, norms: GradientNorms) -> None:
        self._folder = folder
        self._norms = norms

    def on_train_begin(self, run: Run) -> None:
        """Open the files."""
        self._csv, self._lines = self._open("history.csv"), self._open("history.jsonl")
        self._writer = csv.writer(self._csv, lineterminator="\n")
        self._writer.writerow(self._columns(run))

    def on_epoch_end(self, run: Run) -> None:
        """A line each."""
        row = {name: values[-1] for name, values in self._columns(run).items()}
        self._writer.writerow(row.values())
        json.dump({name: value if math.isfinite(value) else None for name, value in row.items()}, self._lines)
        self._lines.write("\n")

    def on_train_end(self, run: Run) -> None:
        """Close the files."""
        self._csv.close()
        self._lines.close()

    def _columns(self, run: Run) -> dict[str, Sequence[float]]:
        return {**run.history.columns(), **self._norms.columns()}

    def _open(self, name: str) -> TextIO:
        return (self._folder / name).open("w", encoding="utf-8", newline="", buffering=1)


def check_new(folder: Path) -> None:
    """Raise now what would be raised later: the folder is there and not empty, or cannot be made."""
    if folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(
            errno.EEXIST, "The run folder is there already and not empty; name another", str(folder)
        )
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not place.is_dir():
        raise NotADirectoryError(
            errno.ENOTDIR, f"The run folder cannot be made, because {place} is no folder", str(folder)
        )
    if not os.access(place, os.W_OK):
        raise PermissionError(
            errno.EACCES,
            f"The run folder cannot be made, because nothing may be written in {place}",
            str(folder),
        )


def next_folder(name: str) -> Path:
    """`runs/NAME-1`, or the first number that is free."""
    return next(folder for n in itertools.count(1) if not (folder := Path("runs", f"{name}-{n}")).exists())


def csv_bytes(columns: Mapping[str, Sequence[object]], *, header: bool = True) -> bytes:
    """Columns by name, as a CSV file, or as the lines to come in one."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue().encode()

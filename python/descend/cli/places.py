"""Where the files are that a configuration names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from descend.config.data import DataConfig

PATHS = ("source", "test")


def files(data: DataConfig) -> dict[str, Path]:
    """What lies under each key that names a file or a folder."""
    given = {name: getattr(data, name) for name in PATHS}
    paths = {name: Path(value) for name, value in given.items() if isinstance(value, str)}
    return {name: path for name, path in paths.items() if path.exists()}


def located(data: DataConfig, folder: Path, names: Iterable[str] = PATHS) -> DataConfig:
    """With the paths under these keys taken from a folder, where something lies there."""
    given = {name: getattr(data, name) for name in names}
    paths = {name: folder / value for name, value in given.items() if isinstance(value, str)}
    return data.model_copy(
        update={name: os.path.abspath(path) for name, path in paths.items() if path.exists()}
    )

"""Libraries that are needed for some files only."""

from __future__ import annotations

import importlib
from types import ModuleType


def extra(module: str, name: str, what: str) -> ModuleType:
    """Import a module that the extra of this name installs.

    Raises
    ------
    ImportError
        It is not installed; the sentence has the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(f"{what} needs {module}: pip install 'descend[{name}]'.") from error

"""The compiled core: the extension module of the best level that runs on this processor, under one name.

The environment variable DESCEND_SIMD (v2, v3 or v4) forces a level; the import fails where it cannot be had.
"""

import importlib
import os
from importlib.util import find_spec
from types import ModuleType

from descend import _level

_LEVELS = ("portable", "v2", "v3", "v4")


def _load() -> ModuleType:
    """The extension module of the level that DESCEND_SIMD names, else of the best one built that runs here."""
    built = [level for level in _LEVELS if find_spec(f"descend._core_{level}")]
    runs = _LEVELS[: _LEVELS.index(_level.cpu_level()) + 1]
    usable = [level for level in built if level in runs]
    names = ", ".join(built) or "none"

    forced = os.environ.get("DESCEND_SIMD")
    if forced:
        if forced not in _LEVELS:
            raise ImportError(f"DESCEND_SIMD is {forced!r}, which is no level; set it to v2, v3 or v4, or unset it.")
        if forced not in runs:
            raise ImportError(
                f"DESCEND_SIMD is {forced!r}, but this processor and its operating system go up to {runs[-1]!r}; "
                "set it to a level that runs here, or unset it."
            )
        if forced not in built:
            raise ImportError(
                f"DESCEND_SIMD is {forced!r}, a level that was not built (built: {names}); unset it, or install "
                f"again from the source folder: python -m pip install . -C cmake.define.DESCEND_LEVELS={forced}"
            )
    elif not usable:
        raise ImportError(
            f"No compiled module of descend runs on this processor (built: {names}); build one here, from the "
            "source folder: python -m pip install . -C cmake.define.DESCEND_LEVELS=portable"
        )
    return importlib.import_module(f"descend._core_{forced or usable[-1]}")


globals().update({name: value for name, value in vars(_load()).items() if not name.startswith("_")})

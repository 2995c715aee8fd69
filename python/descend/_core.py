"""The compiled core: the extension module of the best level that runs on this processor, under one name.

The environment variable DESCEND_SIMD (v2, v3 or v4) forces a level; the import fails where it cannot be had.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from descend import _level

_LEVELS = ("portable", "v2", "v3", "v4")


def _load() -> ModuleType:
    """The module of the level that DESCEND_SIMD names, else of the best one that was built and runs here."""
    built = [level for level in _LEVELS if find_spec(f"descend._core_{level}")]
    runs = _LEVELS[: _LEVELS.index(_level.cpu_level()) + 1]
    usable = [level for level in built if level in runs]
    have = f"(built: {', '.join(built) or 'none'})"
    build = "python -m pip install . -C cmake.define.DESCEND_LEVELS="

    forced = os.environ.get("DESCEND_SIMD")
    if forced:
        problem = f"DESCEND_SIMD is {forced!r}, "
        if forced not in _LEVELS:
            raise ImportError(f"{problem}which is no level; set it to v2, v3 or v4, or unset it.")
        if forced not in runs:
            raise ImportError(
                f"{problem}and this processor with its operating system goes up to {runs[-1]!r}; "
                "set it to a level that runs here, or unset it."
            )
        if forced not in built:
            raise ImportError(
                f"{problem}a level that was not built {have}; unset it, or install again from the source "
                f"folder: {build}{forced}"
            )
    elif not usable:
        raise ImportError(
            f"No compiled module of descend runs on this processor {have}; build one here, from the source "
            f"folder: {build}portable"
        )
    return import_module(f"descend._core_{forced or usable[-1]}")


globals().update({name: value for name, value in vars(_load()).items() if not name.startswith("_")})

"""What a run was made with and from, so that a run elsewhere can say what may differ."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from descend import build_info

_LIBRARIES = ("numpy", "scikit-learn", "pyarrow")
_BLOCK = 1 << 20
_MOST_BLOCKS_HASHED = 512


def record(sources: Mapping[str, Path]) -> dict[str, str]:
    """Versions, the level of the processor that the core was built for, and fingerprints of the data."""
    built = build_info()
    return {
        "descend": str(built["version"]),
        "level": str(built["level"]),
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        **{name: fingerprint(path) for name, path in sources.items()},
    }


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is not what it was, each in words."""
    return [
        f"{name} was {value} and is {now.get(name, 'absent')}"
        for name, value in then.items()
        if now.get(name) != value
    ]


def fingerprint(path: Path) -> str:
    """SHA-256 over the files' names, sizes and bytes; of more than 512 MB in a file, evenly spaced blocks."""
    digest = hashlib.sha256()
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for file in files:
        digest.update(f"{file.relative_to(path).as_posix()} {file.stat().st_size}\n".encode())
        for block in _blocks(file):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _blocks(file: Path) -> Iterator[bytes]:
    n_blocks = -(-file.stat().st_size // _BLOCK)
    step = max(1, n_blocks / _MOST_BLOCKS_HASHED)
    with file.open("rb") as stream:
        for i in range(min(n_blocks, _MOST_BLOCKS_HASHED)):
            stream.seek(round(i * step) * _BLOCK)
            yield stream.read(_BLOCK)

"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from bench.measure import LEVELS, UNSET


def describe(level: str | None) -> dict[str, str]:
    """Processor, system and load, and the environment variables that the workers run with and without."""
    unset = [f"{name}={os.environ[name]}" for name in UNSET if name in os.environ]
    kept_to = [f"{name}={value}" for name, value in LEVELS.get(level or "", {}).items()]
    return {
        "processor": _processor(),
        "cores": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()}",
        "caches": _caches(),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load at the start": f"{os.getloadavg()[0]:.2f}",
        "unset for the workers": ", ".join(unset) or "nothing",
        "level": f"{level} for all: {', '.join(kept_to)}" if level else "each the best of this processor",
    }


def busy() -> bool:
    """Whether other work would be in the measurement's way."""
    return os.getloadavg()[0] > 0.3 * len(os.sched_getaffinity(0))


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    fields = dict(line.replace("\t", "").split(":", 1) for line in lines if ":" in line)
    level = next(
        (name for name in ("avx512f", "avx2", "sse4_2") if name in fields.get("flags", "").split()), ""
    )
    return f"{fields.get('model name', platform.processor()).strip()} ({level})"


def _caches() -> str:
    caches = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            caches.append(f"L{level} {size}")
    return ", ".join(caches)

"""Writes the stub of descend._core from a compiled module of any level: stubs.py MODULE FILE."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What pybind11 says at length, as a reader would.
SHORTER = {
    r"\b(descend\.)?_core_(v\d|portable)\b": "descend._core",
    r"typing\.SupportsInt \| typing\.SupportsIndex": "int",
    r"typing\.SupportsFloat \| typing\.SupportsIndex": "float",
    r"typing\.Annotated\[numpy\.typing\.ArrayLike, numpy\.float\d\d\]": "numpy.typing.ArrayLike",
    r": tuple = ": ": tuple[str, ...] = ",
}


def stub(module: str) -> str:
    """The stub of an importable module `_core_<level>`, with the level taken out of every name."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pybind11_stubgen", module, "--exit-code", "-o", folder]
        subprocess.run(command, check=True)
        text = Path(folder, *module.split(".")).with_suffix(".pyi").read_text(encoding="utf-8")
    for long, short in SHORTER.items():
        text = re.sub(long, short, text)
    return text


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(stub(sys.argv[1]), encoding="utf-8")

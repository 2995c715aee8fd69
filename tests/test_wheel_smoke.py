"""The installed package, from a folder that knows nothing of the sources, imports and multiplies."""

import platform
import subprocess
import sys
import zlib
from importlib.metadata import PackageNotFoundError, PackagePath, distribution
from pathlib import Path

import pytest

MULTIPLY = """
import numpy as np
import descend as ds

network = ds.Network(3, [ds.Dense(2, "linear")])
network.layers[0].W[...] = [[1, 2, 3], [4, 5, 6]]
network.layers[0].b[...] = [[10], [20]]
assert network.predict(np.array([[1, 1, 1], [1, -1, 0]])).tolist() == [[16, 35], [9, 19]]
"""


@pytest.fixture(scope="module")
def files() -> list[PackagePath]:
    """What the wheel put into site-packages."""
    try:
        installed = distribution("descend").files
    except PackageNotFoundError:
        pytest.skip("descend is not installed; python -m pip install . does it")
    assert installed
    return [file for file in installed if file.parts[0] == "descend" and file.suffix != ".pyc"]


@pytest.mark.usefixtures("files")
def test_it_imports_and_multiplies(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-I", "-c", MULTIPLY], cwd=tmp_path, check=True)


def test_it_holds_the_package_and_nothing_of_the_build(files: list[PackagePath]) -> None:
    modules = {file.name.partition(".")[0] for file in files if file.suffix == ".so"}
    levels = ["v2", "v3", "v4"] if platform.machine() in {"x86_64", "AMD64"} else ["portable"]
    assert modules == {"_level", *(f"_core_{level}" for level in levels)}
    assert {"py.typed", "_core.pyi", "_level.pyi"} <= {file.name for file in files}
    assert {file.suffix for file in files} == {".py", ".pyi", ".so", ".typed", ".html", ".json"}


def test_it_is_small_to_download(files: list[PackagePath]) -> None:
    assert sum(len(zlib.compress(Path(file.locate()).read_bytes())) for file in files) < 5_000_000

"""The library without Python: it builds, installs, and a program finds it, embeds it and runs."""

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

SCRIPTS = sysconfig.get_path("scripts")


def cmake(*arguments: str | Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "CMAKE_GENERATOR": "Ninja",
    }
    subprocess.run(["cmake", *arguments], env=environment, check=True)


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the C++ package is installed in; optimised little, for the compiler's time."""
    build, prefix = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("prefix")
    cmake(
        "-S",
        root,
        "-B",
        build,
        "-DCMAKE_CXX_FLAGS_RELEASE=-O1",
        f"-DCMAKE_PREFIX_PATH={sysconfig.get_path('purelib')}",
    )
    cmake("--build", build)
    cmake("--install", build, "--prefix", prefix)
    return prefix


def test_a_program_embeds_the_library(root: Path, installed: Path, tmp_path: Path) -> None:
    prefixes = f"{installed};{sysconfig.get_path('purelib')}"
    cmake("-S", root / "cpp" / "examples", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefixes}")
    cmake("--build", tmp_path)
    finished = subprocess.run([tmp_path / "exclusive_or"], capture_output=True, text=True, check=True)
    answers = {
        (int(a), int(b)): round(float(answer))
        for a, b, answer in re.findall(r"^([01]) xor ([01]): ([\d.]+)$", finished.stdout, re.MULTILINE)
    }
    assert answers == {(a, b): a ^ b for a in (0, 1) for b in (0, 1)}


def test_the_installed_tree_is_the_package(installed: Path) -> None:
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {"include/descend/core/network.hpp", "include/descend/pipeline/train.hpp"} <= files
    assert any(re.fullmatch(r"lib\w*/cmake/descend/descendConfig\.cmake", file) for file in files)
    assert not [file for file in files if "bindings" in file or file.endswith(".py")]

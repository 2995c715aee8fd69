"""The C++ core under the compiler's sanitizers: memory, undefined behaviour, and threads. Compiling it takes
minutes, so that `pytest -m sanitizers` alone runs this.
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

import descend as ds


def missing(sanitizers: str, folder: Path) -> bool:
    """Whether a program cannot be built and run with these sanitizers here."""
    source, program = folder / "empty.cpp", folder / "empty"
    source.write_text("int main() {}")
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    assert compiler
    build = [compiler, f"-fsanitize={sanitizers}", source, "-o", program]
    return any(subprocess.run(each, capture_output=True).returncode != 0 for each in (build, [program]))


@pytest.mark.sanitizers
@pytest.mark.parametrize("sanitizers", ["address,undefined", "thread"])
def test_a_program_that_does_everything_in_teams(sanitizers: str, root: Path, tmp_path: Path) -> None:
    if missing(sanitizers, tmp_path):
        pytest.skip(f"the compiler has no -fsanitize={sanitizers} that works here")
    environment = os.environ | {
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}",
        "UBSAN_OPTIONS": "halt_on_error=1",
    }
    configure = [
        *("cmake", "-S", root, "-B", tmp_path, "-G", "Ninja", "-DDESCEND_BUILD_TESTS=ON"),
        f"-DDESCEND_SANITIZE={sanitizers}",
        f"-DDESCEND_LEVEL={ds.build_info()['level']}",
        f"-DCMAKE_PREFIX_PATH={sysconfig.get_path('purelib')}",
        "-DCMAKE_CXX_FLAGS_RELEASE=-O1",
    ]
    for command in (configure, ["cmake", "--build", tmp_path, "--target", "descend_teams"]):
        subprocess.run(command, env=environment, check=True)
    finished = subprocess.run(
        [tmp_path / "tests/native/descend_teams"], env=environment, capture_output=True, text=True
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "checked\n", "")

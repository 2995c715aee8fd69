"""The stub of the compiled core is the one that its modules give."""

import subprocess
import sys
from pathlib import Path

import descend


def test_the_stub_is_current(root: Path, tmp_path: Path) -> None:
    module = f"descend._core_{descend.build_info()['level']}"
    command = [sys.executable, root / "cpp" / "bindings" / "stubs.py", module, tmp_path / "_core.pyi"]
    subprocess.run(command, check=True)
    stub = root / "python" / "descend" / "_core.pyi"
    assert stub.read_text() == (tmp_path / "_core.pyi").read_text(), (
        f"run {' '.join(map(str, command[:3]))} {stub}"
    )

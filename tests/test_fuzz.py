"""The fuzzer over the readers of files, for a moment; fuzz_loaders.py runs as long as one likes."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this Python or machine")
def test_whatever_a_file_holds_it_is_read_or_refused_in_one_sentence(root: Path, tmp_path: Path) -> None:
    options = ["-seed=1", "-runs=3000", "-max_total_time=15", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "tests/fuzz_loaders.py", *options]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]

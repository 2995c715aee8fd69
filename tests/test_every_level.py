"""The tests of numbers, once more on each level that this run is not on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import descend as ds
from test_levels import RUNS_HERE

FILES = (
    "test_elementwise.py",
    "test_products.py",
    "test_loss.py",
    "test_random.py",
    "test_oracle.py",
    "test_golden.py",
    "test_gradients.py",
    "test_properties.py",
    "test_determinism.py",
)
OTHERS = [level for level in RUNS_HERE if level != ds.build_info()["level"]]


@pytest.mark.skipif(not OTHERS, reason="no other level was built and runs here")
@pytest.mark.parametrize("level", OTHERS)
def test_every_level_computes_the_same_equations(level: str, root: Path) -> None:
    files = [str(root / "tests" / name) for name in FILES]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files],
        env={**os.environ, "DESCEND_SIMD": level},
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
    assert f"level {level}," in finished.stdout

"""The benchmark runs: one small workload, descend and NumPy, in a hurry."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_planar_in_a_hurry(tmp_path):
    pytest.importorskip("threadpoolctl", reason="bench/ needs threadpoolctl")
    command = [sys.executable, "-m", "bench", "planar", "--quick", "--threads", "1", "--no-limit"]
    command += ["--part", "training", "--peer", "descend", "--peer", "numpy", "--output", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    (row,) = json.loads((tmp_path / "latest.json").read_text())["training"]
    assert set(row["seconds_per_step"]) == {"descend", "numpy"}
    assert all(0 < times["median"] < 1 for times in row["seconds_per_step"].values())
    assert "planar" in run.stdout
    assert (tmp_path / "latest.png").stat().st_size > 0

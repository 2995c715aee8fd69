"""The benchmark runs: one small workload, descend and NumPy, in a hurry; where one fails, it goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from test_levels import RUNS_HERE

pytest.importorskip("threadpoolctl", reason="bench/ needs threadpoolctl")

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from bench import agreement, measure, report, training  # noqa: E402
from bench.workloads import WORKLOADS  # noqa: E402


def run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "bench", "planar", "--quick", "--threads", "1", "--part", "training"]
    command += ["--peer", "descend", "--peer", "numpy", "--output", str(folder), *arguments]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_planar_in_a_hurry(tmp_path: Path) -> None:
    assert "planar" in run(tmp_path, "--no-limit")
    (row,) = json.loads((tmp_path / "latest.json").read_text())["training"]
    assert set(row["seconds_per_step"]) == {"descend", "numpy"}
    assert all(0 < times["median"] < 1 for times in row["seconds_per_step"].values())
    assert (tmp_path / "latest.png").stat().st_size > 0


@pytest.mark.skipif("v3" not in RUNS_HERE, reason="level v3 was not built, or this processor does not run it")
def test_all_are_kept_to_a_level(tmp_path: Path) -> None:
    printed = run(tmp_path, "--level", "v3")
    assert "level: v3 for all: DESCEND_SIMD=v3, OPENBLAS_CORETYPE=Haswell" in printed
    software = json.loads((tmp_path / "latest.json").read_text())["software"]
    assert "level v3" in software["descend"]
    assert "SkylakeX" not in software["NumPy by hand"]


def planar(pool: measure.Pool) -> list[training.Row]:
    return list(
        training.measure(
            pool, WORKLOADS["planar"], ["descend", "numpy"], [1], measure.QUICK, with_limit=False
        )
    )


def test_a_peer_that_dies_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*_: object) -> None:
        worker = pool["numpy", 1]
        worker.process.kill()
        worker.process.wait()

    monkeypatch.setattr(agreement, "check", check)
    with measure.Pool() as pool:
        (row,) = planar(pool)
        assert list(row.times) == ["descend"]
        assert [failure.split(":")[0] for failure in pool.failures] == ["NumPy by hand on planar"]
        assert pool["numpy", 1].ask("call", function="bench.peers.numpy_by_hand:about")  # a new one
    assert row.fastest is None
    assert "planar" in report.training_table([row])


def test_a_peer_that_disagrees_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "tolerance", lambda *_: 0.0)
    with measure.Pool() as pool:
        (row,) = planar(pool)
    assert row.times == {}
    assert len(pool.failures) == 2
    assert all("disagrees: number " in failure for failure in pool.failures)
    results = report.Results({}, training=[row], failures=pool.failures)
    assert "failed: descend on planar: disagrees" in results.as_text()

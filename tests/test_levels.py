"""Every level says that it is the one running, trains the same network, and cannot be had by mistake."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from descend import _core, _level

LEVELS = ("v2", "v3", "v4")
RUNS_HERE = [level for level in LEVELS if level <= _level.cpu_level() and find_spec(f"descend._core_{level}")]

TRAIN = """
import json
import numpy as np
import descend as ds

rng = np.random.default_rng(0)
X = rng.standard_normal((100, 5))
y = X[:, :1] * X[:, 1:2]
network = ds.Network(5, [ds.Dense(9, "tanh"), ds.Dense(1, "linear")], seed=1, dtype="float64")
start = network.parameters.copy()
ds.train(network, X, y, loss="squared_error", epochs=3, batch_size=17, seed=2, progress=False)
print(json.dumps({"info": ds.build_info(), "start": start.tolist(), "end": network.parameters.tolist()}))
"""


def run_at(level: str, code: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DESCEND_SIMD": level}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_asked_is_the_level_running(level: str) -> None:
    if level not in RUNS_HERE:
        pytest.skip(f"level {level} was not built, or this processor does not run it")
    finished = run_at(level, "import descend; print(descend.build_info()['level'])")
    assert finished.stdout.strip() == level, finished.stderr


def test_without_being_asked_the_best_level_runs() -> None:
    finished = run_at("", "import descend; print(descend.build_info()['level'])")
    assert finished.stdout.strip() == (RUNS_HERE[-1] if RUNS_HERE else "portable"), finished.stderr


@pytest.mark.skipif(len(RUNS_HERE) < 2, reason="fewer than two levels were built and run here")
def test_levels_start_with_the_same_bits_and_train_to_the_same_network() -> None:
    runs = [json.loads(run_at(level, TRAIN).stdout) for level in RUNS_HERE]
    assert [run["info"]["level"] for run in runs] == RUNS_HERE
    for run in runs[1:]:
        assert run["start"] == runs[0]["start"]
        np.testing.assert_allclose(run["end"], runs[0]["end"], rtol=0, atol=1000 * np.finfo(np.float64).eps)


@pytest.mark.parametrize(
    ("forced", "processor", "built", "sentence"),
    [
        (
            "v5",
            "v4",
            ("v2",),
            "DESCEND_SIMD is 'v5', which is no level; set it to v2, v3 or v4, or unset it.",
        ),
        ("v4", "v2", ("v4",), "DESCEND_SIMD is 'v4', .* goes up to 'v2'; set it to a level that runs here"),
        (
            "v3",
            "v4",
            ("v2", "v4"),
            r"DESCEND_SIMD is 'v3', a level that was not built \(built: v2, v4\); .*=v3",
        ),
        (
            "",
            "portable",
            ("v2", "v3"),
            r"No compiled module .* \(built: v2, v3\); build one here, .*=portable",
        ),
        ("", "v4", (), r"No compiled module of descend runs on this processor \(built: none\)"),
    ],
)
def test_a_level_that_cannot_be_had_fails_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, forced: str, processor: str, built: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.setenv("DESCEND_SIMD", forced)
    monkeypatch.setattr(_core._level, "cpu_level", lambda: processor)
    monkeypatch.setattr(_core, "find_spec", lambda name: name.removeprefix("descend._core_") in built)
    with pytest.raises(ImportError, match=sentence):
        _core._load()


def test_an_unknown_level_stops_the_import() -> None:
    finished = run_at("v5", "import descend")
    assert finished.returncode != 0
    assert "ImportError: DESCEND_SIMD is 'v5', which is no level" in finished.stderr

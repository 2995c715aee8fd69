"""The scripts of python/examples run as a user would run them, and say what they promise."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "python" / "examples"


def run(script: str, folder: Path) -> str:
    command = [sys.executable, str(EXAMPLES / script)]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_digits(tmp_path: Path) -> None:
    accuracy = re.search(r"test accuracy ([\d.]+)%", run("digits.py", tmp_path))
    assert accuracy
    assert float(accuracy[1]) >= 96
    assert (tmp_path / "digits.safetensors").exists()


def test_every_number(tmp_path: Path) -> None:
    output = run("every_number.py", tmp_path)
    by_hand, by_network = re.search(r"by hand ([\d.]+), by the network ([\d.]+)", output).groups()
    assert by_hand == by_network
    assert float(re.search(r"derivatives: (\S+)", output)[1]) < 1e-15
    assert len(re.findall(r"by hand differ by \d\.\de-1[6-9]|by hand differ by 0\.0e\+00", output)) == 3
    assert "The gradient is right" in output


def test_own_loss(tmp_path: Path) -> None:
    output = run("own_loss.py", tmp_path)
    plain, cautious = (float(share) for share in re.findall(r"(\d+)% of the forecasts are too low", output))
    assert cautious < 35 < plain
    assert output.count("The gradient is right") == 2
    assert re.search(r"^a +\(1, 1\) +\[\[0\.2\]\] +\[\[-4\]\]$", output, re.MULTILINE)
    assert (tmp_path / "loss.svg").read_text().startswith("<svg")

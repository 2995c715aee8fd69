"""What every test may ask for: real data where it lies, and a report that says which build it is about."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from commands import Finished

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("DESCEND_TEST_DATA", ROOT.parent / "shared" / "data"))

os.environ.setdefault("MPLBACKEND", "Agg")
hypothesis.settings.register_profile("descend", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("descend")


def pytest_report_header() -> str:
    import descend

    return "descend: " + ", ".join(f"{key} {value}" for key, value in descend.build_info().items())


def _existing(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is not there; DESCEND_TEST_DATA names the folder of the data sets")
    return path


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_interrupts() -> Iterator[None]:
    """Python's handler of Ctrl-C; a suite that a shell starts in the background would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def data_file() -> Callable[[str], Path]:
    """The path of a data set by its name, such as "mnist/t10k.npz"; skips where it is absent."""
    return lambda name: _existing(DATA / name)


@pytest.fixture(scope="session")
def reference_file() -> Callable[[str], Path]:
    """The path of golden numbers by their file's name; skips where it is absent."""
    return lambda name: _existing(DATA.parent / "reference" / name)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Finished]:
    """Run a command in an empty folder."""
    from descend.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Finished:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        return Finished(int(caught.value.code or 0), *capsys.readouterr())

    return run

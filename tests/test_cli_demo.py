"""`descend demo`, as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from descend.cli import main
from descend.course.demos import DEMOS


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["demo", *arguments])
    return int(stop.value.code or 0)


def test_the_demos_are_listed_each_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    listed = capsys.readouterr().out
    assert all(f"{name} " in listed for name in DEMOS)
    assert all(demo.sentence.endswith(".") for demo in DEMOS.values())


def test_a_demo_tells_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("price-by-size") == 0
    assert "134.5253" in capsys.readouterr().out
    assert Path("price-by-size.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_goes_where_it_is_told_to(tmp_path: Path) -> None:
    picture = tmp_path / "Übersicht 1.png"
    assert run("linearity", "--output", str(picture)) == 0
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]


def test_an_unknown_demo_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("vectorisation") == 2
    error = capsys.readouterr().err
    assert "did you mean 'vectorization'?" in error
    assert "Traceback" not in error

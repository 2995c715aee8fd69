"""`descend demo`, as a user types it."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from descend.cli import main
from descend.course.demos import DEMOS


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["demo", *map(str, arguments)])
    return int(stop.value.code or 0)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """A folder like that of the course's pictures, of 16 x 16 pixels: cats are light, all else is dark."""
    folder = tmp_path / "cats"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, m in (("train", 30), ("test", 10)):
        y = rng.integers(0, 2, m)
        with h5py.File(folder / f"{part}_catvnoncat.h5", "w") as file:
            file[f"{part}_set_x"] = (
                rng.integers(0, 100, (m, 16, 16, 3)) + 150 * y[:, None, None, None]
            ).astype("u1")
            file[f"{part}_set_y"] = y
            file["list_classes"] = np.array([b"non-cat", b"cat"])
    return folder


def picture(light: int) -> Path:
    """One with a side of its own."""
    path = Path("ma photo d'été.jpg")
    Image.fromarray(np.full((40, 60, 3), light, "u1")).save(path)
    return path


def test_the_demos_are_listed_each_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    listed = capsys.readouterr().out
    assert all(re.search(rf"^ *{name} ", listed, re.MULTILINE) for name in DEMOS)
    assert all(demo.sentence.endswith(".") for demo in DEMOS.values())


def test_a_demo_tells_and_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("price-by-size") == 0
    assert "134.5253" in capsys.readouterr().out
    assert Path("price-by-size.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_goes_where_it_is_told_to() -> None:
    picture = Path("Übersicht 1.png")
    assert run("linearity", "--output", picture) == 0
    assert list(Path().iterdir()) == [picture]


@pytest.mark.parametrize("name", ["cat-logistic", "cat-two-layer", "cat-deep", "cat-logistic-two-forms"])
def test_cats_are_read_from_a_folder(name: str, cats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--data", cats) == 0
    assert re.search("0% of 10 others|largest difference of 100 costs", capsys.readouterr().out)
    assert Path(f"{name}.png").exists()


@pytest.mark.parametrize(("light", "verdict"), [(200, "\na cat: "), (40, "\nno cat: ")])
def test_a_picture_of_the_users_own_is_classified(
    light: int, verdict: str, cats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("cat-two-layer", "--data", cats, "--image", picture(light)) == 0
    assert verdict in capsys.readouterr().out


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A folder like MNIST's, of 4 x 4 pixels, all black."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part in ("train", "t10k"):
        pixels, labels = bytes(20 * 4 * 4), bytes(range(10)) * 2
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, 20, 4, 4) + pixels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 20) + labels)
    return folder


def test_digits_are_read_as_mnist_is_published(mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("amount-of-data", "--data", mnist) == 2
    assert "amounts has 10,000 and there are 20 examples" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["vectorisation"], "did you mean 'vectorization'?"),
        (
            ["cat-deep"],
            "cat-deep needs pictures: give --data, the folder of the course's train_catvnoncat.h5",
        ),
        (["cat-deep", "--data", "nowhere"], "nowhere"),
        (["cat-deep", "--data", "digits"], "there is no digits: give the folder of the course's"),
        (["linearity", "--data", "cats"], "linearity brings its data: leave out --data"),
        (["linearity", "--image", "x.png"], "linearity classifies no pictures: leave out --image"),
        (["cat-logistic-two-forms", "--data", "cats", "--image", "x.png"], "classifies no pictures"),
        (["cat-deep", "--data", "cats", "--image", "x.png"], "x.png"),
        (["cat-deep", "--data", "cats", "--image", "cats/train_catvnoncat.h5"], "mend or remove it"),
        (["cat-deep", "--data", "table.csv"], "table.csv holds no pictures with what they show"),
        (["linearity", "--output", "no/where.png"], "no/where.png has no folder to be in: make no first"),
        (["linearity", "--output", "x.svg"], "x.svg would hold a PNG picture: give a name that ends in .png"),
        (["cat-deep", "--data", "mnist"], "mnist has pictures of something else: give the folder"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    arguments: list[str], sentence: str, cats: Path, mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("table.csv").write_text("a,target\n1,2\n3,4\n")
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("descend: ")
    assert error.count("\n") == 1
    assert not list(Path().glob("*.png"))

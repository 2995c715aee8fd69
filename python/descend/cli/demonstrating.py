"""`descend demo`: the course's lessons and models, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from descend import checks, persist
from descend.course.demos import DATA, DEMOS, Demo
from descend.course.pictures import Pictures
from descend.data.found import Found
from descend.data.load import read
from descend.data.load.images import read_pictures


def run(name: str, folder: Path | None, image: Path | None, output: Path | None) -> None:
    """Print what came out, and draw it.

    Raises
    ------
    OSError
        A file cannot be read or written.
    ValueError
        No demo has this name, it needs pictures that are not there, or it takes none.
    """
    checks.known_name("demo", name, DEMOS)
    demo = DEMOS[name]
    path = output or Path(f"{name}.png")
    if path.suffix.lower() != ".png":
        raise ValueError(f"{path} would hold a PNG picture: give a name that ends in .png.")
    if not path.parent.is_dir():
        raise ValueError(f"{path} has no folder to be in: make {path.parent} first.")
    pictures = _pictures(name, demo, folder)
    if image is None:
        result = demo.run(*pictures)
    else:
        if not demo.classifies:
            raise ValueError(f"{name} classifies no pictures: leave out --image.")
        height, width = pictures[0].X.shape[1:3]
        (own,) = read_pictures([image], (height, width), grey=False)
        classifier = demo.run(*pictures)
        click.echo(f"{classifier}\n")
        result = classifier.classify(own)
    click.echo(str(result))
    persist.write_whole(path, result.png())
    click.echo(f"\nThe picture is in {path}.")


def _pictures(name: str, demo: Demo, folder: Path | None) -> list[Pictures]:
    """What the demo takes: nothing, pictures to train on, or also others to test on."""
    if not demo.data:
        if folder is not None:
            raise ValueError(f"{name} brings its data: leave out --data.")
        return []
    if folder is None:
        raise ValueError(f"{name} needs pictures: give --data, {DATA[demo.data]}.")
    if not folder.exists():
        raise ValueError(f"there is no {folder}: give {DATA[demo.data]}.")
    found = read(str(folder))
    return [_numbered(part, folder, demo) for part in (found, found.test)][: demo.parts]


def _numbered(found: Found | None, folder: Path, demo: Demo) -> Pictures:
    """Pictures, and what they show: the digit, or 1 for a cat."""
    needs = f"give {DATA[demo.data]}"
    if found is None:
        raise ValueError(f"{folder} has no pictures to test on: {needs}.")
    if not isinstance(found.inputs, np.ndarray) or found.inputs.ndim < 3 or found.targets is None:
        raise ValueError(f"{folder} holds no pictures with what they show: {needs}.")
    shown = found.targets.column(0)
    if demo.data == "cats" and pa.types.is_string(shown.type):
        shown = pc.equal(shown, "cat")
    try:
        y = shown.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        y = np.array([-1])
    if y.min() < 0 or y.max() > (1 if demo.data == "cats" else 9):
        raise ValueError(f"{folder} has pictures of something else: {needs}.")
    return Pictures(found.inputs, y)

"""A fuzzer over the readers of files, with libFuzzer's options: ``fuzz_loaders.py -max_total_time=60``.

Whatever bytes a file holds, it is read, or refused by a ValueError of one line that names it.
"""

import gzip
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np
from PIL import Image

with atheris.instrument_imports(include=["descend.data.load"]):
    from descend.data.load import images, read


def saved(save: Callable[..., object], *arguments: object, **named: object) -> bytes:
    stream = io.BytesIO()
    save(stream, *arguments, **named)
    return stream.getvalue()


IDX = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + b"abcdef"
CSV = 'a;"b, ""c"""\n1; 2.5\n\n?;-3e4\r\n2024-05-01;"x\ny"\n'.encode("utf-8-sig")
SEEDS = {
    "a.csv": CSV,
    "b.csv.gz": gzip.compress(CSV),
    "c-idx2-ubyte": IDX,
    "d-idx2-ubyte.gz": gzip.compress(IDX),
    "e.npy": saved(np.save, np.eye(3)),
    "f.npz": saved(np.savez_compressed, X=np.eye(3), y=np.arange(3)),
    "g.png": saved(Image.new("RGB", (5, 5)).save, "png"),
    "h.jpg": saved(Image.new("L", (5, 5)).save, "jpeg"),
}
"""What a file of each name may hold: where the fuzzer begins."""


def check(path: Path) -> None:
    try:
        if path.suffix in images.SUFFIXES:
            images.read_pictures([path], (4, 4), grey=False)
        else:
            read(path)
    except ValueError as error:
        sentence = str(error)
        if str(path) not in sentence or "\n" in sentence:
            raise AssertionError(f"{path} is refused by {sentence!r}") from error


def main() -> None:
    """An input is a byte, which tells the name, and what a file of that name holds."""
    names = list(SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for k, content in enumerate(SEEDS.values()):
            (corpus / str(k)).write_bytes(bytes([k]) + content)

        def one(data: bytes) -> None:
            if data:
                path = Path(folder, names[data[0] % len(names)])
                path.write_bytes(data[1:])
                check(path)

        atheris.Setup([*sys.argv, str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

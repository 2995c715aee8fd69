"""How long vectors are on the level that runs, and the sizes of arrays that put kernels to the test."""

import numpy as np

from descend import _core


def lanes(dtype: str) -> int:
    """Numbers in a vector."""
    return int(_core.build_info()["vector_bytes"]) // np.dtype(dtype).itemsize


def sizes(dtype: str) -> list[int]:
    """None, one, odd, and on both sides of whole vectors."""
    n = lanes(dtype)
    return [0, 1, 3, n - 1, n, n + 1, 4 * n + 5]

"""What makes a network's inputs, of each sort of data."""

from typing import TypeAlias

from descend.data.pixels import Pixels
from descend.data.preprocess import Preprocess
from descend.data.sparse import SparseScaling

Preparation: TypeAlias = Preprocess | Pixels | SparseScaling
"""Of tables, of images, of sparse matrices."""

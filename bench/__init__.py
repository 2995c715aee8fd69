"""descend and its peers on the same work, in one interleaved run: ``python -m bench``."""

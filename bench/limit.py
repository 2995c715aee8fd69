"""The limit of a workload: what its step would take if only arithmetic and memory cost anything.

Each matrix product of the step, on its very shape, by the library that is fastest at it (NumPy's OpenBLAS,
PyTorch's MKL, XLA), plus the bytes that the update and the gather must move, at the bandwidth of a copy with
that footprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bench.measure import Effort, Pool, interleave
from bench.peers import PEERS
from bench.workloads import Product, Workload

LIBRARIES = ("numpy", "torch", "jax")
EFFORT = Effort(seconds=0.02, budget=2.0, least=2, most=2)


@dataclass(frozen=True)
class Limit:
    """Seconds per step, and who set the pace of each product."""

    products: float
    update: float
    gather: float
    flops: int
    fastest: list[str]

    @property
    def seconds(self) -> float:
        return self.products + self.update + self.gather


def measure(pool: Pool, workload: Workload, threads: int, peers: Iterable[str]) -> Limit:
    """The limit in float32, by NumPy and those of the other libraries that are among the peers."""
    workers = {name: pool[name, threads] for name in LIBRARIES if name in ("numpy", *peers)}
    itemsize = 4

    def best(function: str, libraries: Iterable[str], **arguments: object) -> tuple[float, str]:
        chosen = {name: workers[name] for name in libraries if name in workers}
        for name, worker in chosen.items():
            worker.ask("make", function=f"bench.limit:{function}", library=name, **arguments)
        times = interleave(pool, f"on {workload.name}'s limit", chosen, 1, EFFORT)
        assert times, "no library has measured it"
        return min((of_library.best, name) for name, of_library in times.items())

    products, fastest = 0.0, []
    for product, count in Counter(workload.products).items():
        seconds, name = best("ProductJob", LIBRARIES, product=vars(product))
        products += count * seconds
        fastest.append(
            f"{product.stage} {product.rows}x{product.inner}x{product.columns}: {PEERS[name].label}"
        )

    def copy(bytes_moved: int, source_bytes: int) -> float:
        if not bytes_moved:
            return 0.0
        return best("CopyJob", ("numpy", "torch"), bytes_moved=bytes_moved, source_bytes=source_bytes)[0]

    update, gather = workload.update_bytes(itemsize), workload.gather_bytes(itemsize)
    return Limit(
        products,
        copy(update, update // 2),
        copy(gather, workload.samples * workload.units[0] * itemsize),
        workload.flops,
        fastest,
    )


class ProductJob:
    """A worker's job: one product again and again, its operands stored as a training step stores them."""

    def __init__(self, library: str, product: dict[str, Any]) -> None:
        p = Product(**product)
        random = np.random.default_rng(0)
        a = random.standard_normal(
            (p.inner, p.rows) if p.stage == "dW" else (p.rows, p.inner), dtype=np.float32
        )
        b = random.standard_normal(
            (p.columns, p.inner) if p.stage == "forward" else (p.inner, p.columns), dtype=np.float32
        )
        self.run: Callable[[int], None] = {"numpy": _numpy, "torch": _torch, "jax": _jax}[library](
            a, b, transpose_a=p.stage == "dW", transpose_b=p.stage == "forward"
        )

    def prepare(self) -> None:
        pass


def _numpy(a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool) -> Callable[[int], None]:
    a, b = a.T if transpose_a else a, b.T if transpose_b else b
    c = np.empty((a.shape[0], b.shape[1]), a.dtype)

    def run(n: int) -> None:
        for _ in range(n):
            np.matmul(a, b, out=c)

    return run


def _torch(a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool) -> Callable[[int], None]:
    import torch

    A, B = torch.from_numpy(a), torch.from_numpy(b)
    A, B = A.T if transpose_a else A, B.T if transpose_b else B
    C = torch.empty((A.shape[0], B.shape[1]))

    def run(n: int) -> None:
        with torch.inference_mode():
            for _ in range(n):
                torch.mm(A, B, out=C)

    return run


def _jax(a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool) -> Callable[[int], None]:
    """A jitted loop; the barrier makes a product depend on the one before, or XLA would compute it once."""
    import jax
    from jax import lax

    def product(A: jax.Array, B: jax.Array) -> jax.Array:
        return (A.T if transpose_a else A) @ (B.T if transpose_b else B)

    @jax.jit
    def loop(n: int, A: jax.Array, B: jax.Array) -> jax.Array:
        def again(_: int, carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            A, _ = lax.optimization_barrier(carry)
            return A, product(A, B)

        return lax.fori_loop(0, n, again, (A, product(A, B)))[1]

    A, B = jax.device_put(a), jax.device_put(b)
    return lambda n: loop(n, A, B).block_until_ready()


class CopyJob:
    """A worker's job: copy pieces, taken in turn from a source of the given size, into one place.

    ``bytes_moved`` counts reading and writing.
    """

    def __init__(self, library: str, bytes_moved: int, source_bytes: int) -> None:
        piece = max(1, bytes_moved // 8)
        n_pieces = max(1, source_bytes // 4 // piece)
        source, target = np.ones((n_pieces, piece), np.float32), np.zeros(piece, np.float32)
        pieces: list[Any] = list(source)
        copy: Callable[[Any], object] = partial(np.copyto, target)
        if library == "torch":
            import torch

            pieces, copy = list(torch.from_numpy(source)), torch.from_numpy(target).copy_

        def run(n: int) -> None:
            for k in range(n):
                copy(pieces[k % n_pieces])

        self.run: Callable[[int], None] = run

    def prepare(self) -> None:
        pass

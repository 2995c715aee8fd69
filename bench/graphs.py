"""An activation or a loss written as a graph must cost a step little more than the built-in one.

Each network here trains twice over, on the same batches and to the same costs: once with descend's own
activation and loss, and once with one of them, or both, written as a graph of the same function.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.measure import Pool
from bench.workloads import WORKLOADS, make_problem

WORKLOAD = WORKLOADS["mnist128"]
EPOCHS = 6
AGREEMENT = 1e-3  # float32 after an epoch of steps


@dataclass(frozen=True)
class Cost:
    """Seconds per step with what is built in, and with the graph."""

    built_in: float
    graph: float

    @property
    def ratio(self) -> float:
        return self.graph / self.built_in


def measure(pool: Pool, threads: int) -> dict[str, Cost]:
    """By what is written as a graph; the best of a few epochs, in turn."""
    times = pool["descend", threads].ask("call", function="bench.graphs:times", threads=threads)
    return {name: Cost(*pair) for name, pair in times.items()}


def times(threads: int) -> dict[str, tuple[float, float]]:
    """In a worker."""
    import descend as ds
    from descend import graph
    from descend.graph import Node

    def softplus(z: Node) -> Node:
        return graph.relu(z) + graph.log(1 + graph.exp(-abs(z)))

    def cross_entropy_of_logits(z: Node, y: Node) -> Node:
        return graph.logsumexp(z) - graph.sum(y * z)

    activations: dict[str, Callable[[Node], Node]] = {
        "relu": graph.relu,
        "tanh": graph.tanh,
        "silu": lambda z: z * graph.sigmoid(z),
        "softplus": softplus,
    }
    loss = graph.Loss(cross_entropy_of_logits, "cross-entropy")
    pairs: dict[str, tuple[tuple[str | graph.Activation, str | graph.Loss], str]] = {
        name: ((graph.Activation(function, f"my {name}"), "cross_entropy"), name)
        for name, function in activations.items()
    }
    pairs["cross_entropy"] = (("relu", loss), "relu")
    pairs["softplus and cross_entropy"] = ((pairs["softplus"][0][0], loss), "softplus")

    problem = make_problem(WORKLOAD)

    def network(activation: str | graph.Activation) -> ds.Network:
        *hidden, last = WORKLOAD.units[1:]
        layers = [*(ds.Dense(n, activation, init="he") for n in hidden), ds.Dense(last, "linear")]
        return ds.Network(WORKLOAD.units[0], layers, seed=0)

    def epoch(net: ds.Network, loss: str | graph.Loss) -> tuple[float, float]:
        start = time.perf_counter()
        history = ds.train(
            net,
            problem.X,
            problem.y,
            loss=loss,
            epochs=1,
            batch_size=WORKLOAD.batch,
            seed=0,
            n_threads=threads,
            progress=False,
        )
        return (time.perf_counter() - start) / WORKLOAD.steps_per_epoch, history.cost[-1]

    results = {}
    for name, ((activation, of_graph), built_in) in pairs.items():
        ours, theirs = (network(built_in), "cross_entropy"), (network(activation), of_graph)
        seconds = []
        for i in range(EPOCHS):
            (one, cost), (other, its_cost) = epoch(*ours), epoch(*theirs)
            if i == 0 and abs(cost - its_cost) > AGREEMENT * cost:
                raise AssertionError(f"{name}: the costs are {cost} and, with the graph, {its_cost}")
            seconds.append((one, other))
        results[name] = (min(one for one, _ in seconds), min(other for _, other in seconds))
    return results

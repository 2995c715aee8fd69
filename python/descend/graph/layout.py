"""Where a graph's nodes stand in a drawing from left to right, by Sugiyama's method: layers, order, height.

Sugiyama, Tagawa and Toda (1981), Methods for Visual Understanding of Hierarchical System Structures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Nodes by number: the layer of each from the left, and its height in rows; by edge the route.

    A route is (layer, height) of the places that an edge passes in the layers between its ends.
    """

    layer: list[int]
    height: list[float]
    routes: dict[tuple[int, int], list[tuple[int, float]]]


def layered(inputs: Sequence[Sequence[int]]) -> Layout:
    """The layout of a graph whose node i is computed from the nodes inputs[i], all of smaller numbers."""
    layer = _layers(inputs)
    neighbours, passes = _with_passes(inputs, layer)
    order = _order(neighbours, layer)
    height = _heights(neighbours, order)
    routes = {
        (source, target): [(l, height[passes[source, l]]) for l in range(layer[source] + 1, layer[target])]
        for target, sources in enumerate(inputs)
        for source in sources
    }
    n = len(inputs)
    return Layout(layer[:n], height[:n], routes)


def _layers(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Each node right of its inputs; those that have none, right before the first that they go into."""
    layer = [0] * len(inputs)
    for node, sources in enumerate(inputs):
        layer[node] = max((layer[source] + 1 for source in sources), default=0)
    for node, sources in enumerate(inputs):
        uses = [layer[target] for target, of in enumerate(inputs) if node in of]
        if not sources and uses:
            layer[node] = min(uses) - 1
    return layer


def _with_passes(
    inputs: Sequence[Sequence[int]], layer: list[int]
) -> tuple[list[set[int]], dict[tuple[int, int], int]]:
    """The neighbours of every node, and the places that long edges pass, added as nodes: (source, layer)."""
    neighbours: list[set[int]] = [set() for _ in inputs]
    passes: dict[tuple[int, int], int] = {}

    def join(left: int, right: int) -> None:
        neighbours[left].add(right)
        neighbours[right].add(left)

    for target, sources in enumerate(inputs):
        for source in set(sources):
            at = source
            for l in range(layer[source] + 1, layer[target]):
                if (source, l) not in passes:
                    passes[source, l] = len(layer)
                    layer.append(l)
                    neighbours.append(set())
                    join(at, passes[source, l])
                at = passes[source, l]
            join(at, target)
    return neighbours, passes


def _order(neighbours: list[set[int]], layer: list[int]) -> list[list[int]]:
    """The nodes of each layer from the top, by their neighbours' mean place, so that few edges cross."""
    layers: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for node, l in enumerate(layer):
        layers[l].append(node)
    place = {node: float(i) for nodes in layers for i, node in enumerate(nodes)}
    best, fewest = [list(nodes) for nodes in layers], _crossings(layers, neighbours, layer)
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for nodes in layers[::-side]:
            key = {}
            for node in nodes:
                places = [place[other] for other in neighbours[node] if layer[other] == layer[node] + side]
                key[node] = sum(places) / len(places) if places else place[node]
            nodes.sort(key=key.__getitem__)
            place |= {node: float(i) for i, node in enumerate(nodes)}
        crossings = _crossings(layers, neighbours, layer)
        if crossings < fewest:
            best, fewest = [list(nodes) for nodes in layers], crossings
    return best


def _crossings(layers: list[list[int]], neighbours: list[set[int]], layer: list[int]) -> int:
    place = {node: i for nodes in layers for i, node in enumerate(nodes)}
    crossings = 0
    for nodes in layers:
        edges = [
            (place[node], place[other])
            for node in nodes
            for other in neighbours[node]
            if layer[other] == layer[node] + 1
        ]
        crossings += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(edges) for c, d in edges[:i])
    return crossings


def _heights(neighbours: list[set[int]], order: list[list[int]]) -> list[float]:
    """Each node as near to its neighbours' mean as one row's distance within the layer allows."""
    height = [0.0] * len(neighbours)
    for nodes in order:
        for i, node in enumerate(nodes):
            height[node] = i - (len(nodes) - 1) / 2
    for sweep in range(2 * _SWEEPS):
        for nodes in order if sweep % 2 else reversed(order):
            wanted = [
                sum(height[other] for other in neighbours[node]) / max(1, len(neighbours[node]))
                for node in nodes
            ]
            for node, h in zip(nodes, _apart(wanted), strict=True):
                height[node] = h
    lowest = min(height)
    return [h - lowest for h in height]


def _apart(wanted: list[float]) -> list[float]:
    """The heights nearest to those wanted, in squares, of which each is at least 1 above the one before."""
    blocks: list[tuple[float, int]] = []  # sums and sizes of what moves together, less each one's number
    for i, height in enumerate(wanted):
        total, size = height - i, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / size:
            before, count = blocks.pop()
            total, size = total + before, size + count
        blocks.append((total, size))
    level = [total / size for total, size in blocks for _ in range(size)]
    return [height + i for i, height in enumerate(level)]

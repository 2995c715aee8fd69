"""A graph to look at: as a table, in Graphviz's language, and as an SVG drawing."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from descend import text
from descend.graph.formula import SYMBOLS, brief, formula
from descend.graph.layout import layered

if TYPE_CHECKING:
    from descend.graph.nodes import Computed, Node

_LETTER, _ROW, _BOX, _CURVE, _EDGE = 7.2, 62.0, 30.0, 46.0, 16.0
_FILL = {"variable": "#dbeafe", "constant": "#f1f1f1"}
_DERIVATIVE = "#b91c1c"


def table(root: Node) -> str:
    """Every variable and intermediate, in the order of computation, with its value and dJ/d(itself)."""
    rows = [
        [
            node.name if node.name and not node.inputs else _equation(node),
            str(node.shape),
            brief(value),
            "" if gradient is None else brief(gradient),
        ]
        for node, value, gradient in root.computed()
        if node.op != "constant"
    ]
    return text.table(["node", "shape", "value", f"d{_name(root)}/d(node)"], rows)


def dot(root: Node) -> str:
    """The graph in Graphviz's language, from left to right, values and derivatives on the edges."""
    computed = root.computed()
    place = {id(each.node): i for i, each in enumerate(computed)}
    lines = ["digraph {", "  rankdir=LR", '  node [shape=box, style="rounded,filled", fillcolor=white]']
    for i, (node, _, _) in enumerate(computed):
        fill = f", fillcolor={_quoted(_FILL[node.op])}" if node.op in _FILL else ""
        lines.append(f"  n{i} [label={_quoted(_label(node))}{fill}]")
    lines.append(f'  out [shape=none, style="", label={_quoted(_name(root))}]')
    for i, each in enumerate(computed):
        for source in each.node.inputs:
            j = place[id(source)]
            lines.append(f"  n{j} -> n{i} [label={_quoted(chr(10).join(_on_edge(computed[j], root)))}]")
    lines.append(
        f"  n{len(computed) - 1} -> out [label={_quoted(chr(10).join(_on_edge(computed[-1], root)))}]"
    )
    return "\n".join([*lines, "}", ""])


def svg(root: Node) -> str:
    """The graph as an SVG drawing, from left to right: values above the edges, derivatives below."""
    computed = root.computed()
    place = {id(each.node): i for i, each in enumerate(computed)}
    layout = layered([[place[id(source)] for source in each.node.inputs] for each in computed])
    labels = [_label(each.node) for each in computed]
    on_edges = [_on_edge(each, root) for each in computed]
    box = [max(_BOX, _LETTER * len(label) + 16) for label in labels]
    stub = [_LETTER * max(map(len, on_edge)) + 10 for on_edge in on_edges]

    layers = range(max(layout.layer) + 1)
    in_layer = [[i for i, l in enumerate(layout.layer) if l == layer] for layer in layers]
    wide = [max(box[i] for i in nodes) for nodes in in_layer]
    gap = [max(stub[i] for i in nodes) + _CURVE for nodes in in_layer]
    left = [_EDGE + sum(wide[:l]) + sum(gap[:l]) for l in layers]

    def height(rows: float) -> float:
        return _EDGE + _ROW * (rows + 0.5)

    parts, on_top = [], []
    for i, each in enumerate(computed):
        y, right = height(layout.height[i]), left[layout.layer[i]] + wide[layout.layer[i]]
        last = i == len(computed) - 1
        start = right - (wide[layout.layer[i]] - box[i]) / 2
        end = right + stub[i]
        parts.append(_path([(start, y), (end, y)], arrow=last))
        for line, offset, colour in zip(on_edges[i], (-5, 14), ("black", _DERIVATIVE), strict=False):
            on_top.append(_text(line, (start + end) / 2, y + offset, colour))
        for target in sorted({j for source, j in layout.routes if source == i}):
            l = layout.layer[target]
            points = [(end, y)]
            for passed, rows in layout.routes[i, target]:
                points += [(left[passed], height(rows)), (left[passed] + wide[passed], height(rows))]
            points.append((left[l] + (wide[l] - box[target]) / 2, height(layout.height[target])))
            parts.append(_path(points, arrow=True))
        parts.append(_box(each.node, labels[i], start - box[i], y, box[i]))
    width = left[-1] + wide[-1] + gap[-1]
    tall = 2 * _EDGE + _ROW * (max(layout.height) + 1)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{tall:.0f}" '
            f'viewBox="0 0 {width:.0f} {tall:.0f}" font-family="sans-serif" font-size="12">',
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{tall:.0f}" fill="white"/>',
            *parts,
            '<g paint-order="stroke" stroke="white" stroke-width="3">',
            *on_top,
            "</g>",
            "</svg>",
        ]
    )


def _name(node: Node) -> str:
    return node.name or "J"


def _equation(node: Node) -> str:
    return f"{node.name} = {formula(node)}" if node.name else formula(node)


def _label(node: Node) -> str:
    """What stands in a node's box."""
    if node.op == "constant":
        return node.name or brief(node.value)
    if not node.inputs:
        return node.name or "variable"
    symbol = SYMBOLS.get(node.op, node.op)
    return f"{node.name} = {symbol}" if node.name else symbol


def _on_edge(computed: Computed, root: Node) -> list[str]:
    """The value, and the derivative of the root by it where it has one."""
    if computed.gradient is None:
        return [brief(computed.value)]
    of = computed.node.name if computed.node is not root else _name(root)
    derivative = f"d{_name(root)}/d{of} = " if of else ""
    return [brief(computed.value), derivative + brief(computed.gradient)]


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _text(label: str, x: float, y: float, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" fill="{colour}">{escape(label)}</text>'


def _path(points: list[tuple[float, float]], arrow: bool) -> str:
    """A line that leaves and reaches every point horizontally."""
    path = "M{:.1f} {:.1f}".format(*points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        path += f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    marker = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="#444"{marker}/>'


def _box(node: Node, label: str, x: float, y: float, width: float) -> str:
    fill = _FILL.get(node.op, "white")
    return (
        f"<g><title>{escape(_equation(node))}, shape {node.shape}</title>"
        f'<rect x="{x:.1f}" y="{y - _BOX / 2:.1f}" width="{width:.1f}" height="{_BOX:.0f}" rx="8" '
        f'fill="{fill}" stroke="#444"/>{_text(label, x + width / 2, y + 4, "black")}</g>'
    )

"""Words: tables in plain text, lists of names."""

import textwrap
from collections.abc import Collection, Sequence


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    left: Collection[int] = (0,),
) -> str:
    """Columns under a ruled header: those numbered in `left` aligned to the left, the others to the right.

    Where that is wider than `width`, a paragraph for each row, with the header's words in it.
    """
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        aligned = [
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(aligned).rstrip()

    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        named = [
            ", ".join(f"{name} {cell}".strip() for name, cell in zip(header, row, strict=True) if cell)
            for row in rows
        ]
        return "\n".join(textwrap.fill(row, width, subsequent_indent="  ") for row in named)
    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])


def listed(names: Sequence[str], at_most: int = 20) -> str:
    """``a, b, c``; of a long list the first ones and how many more."""
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more


def is_number(field: str) -> bool:
    """Whether a field of a file reads as a number."""
    try:
        float(field)
    except ValueError:
        return False
    return True

"""One page that needs nothing else: sections of facts, tables and pictures, in HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import matplotlib
from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """Rows of words under a header; numbers to the right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind = "table"


@dataclass(frozen=True)
class Picture:
    """A figure, and what it shows for those who cannot see it."""

    title: str
    figure: Figure
    wide: bool = False
    kind = "picture"

    @cached_property
    def address(self) -> str:
        """The figure as SVG, inside the address of an image."""
        stream = io.BytesIO()
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "descend", "font.size": 10}):
            self.figure.savefig(stream, format="svg", metadata={"Date": None}, dpi=110)
        return f"data:image/svg+xml;base64,{base64.b64encode(stream.getvalue()).decode()}"


@dataclass(frozen=True)
class Code:
    """Lines to copy."""

    title: str
    text: str
    kind = "code"


Block: TypeAlias = Table | Picture | Code


@dataclass(frozen=True)
class Section:
    """A heading, a paragraph, and what belongs there."""

    title: str
    words: str
    blocks: Sequence[Block]


def render(title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The page as HTML; whatever the words hold, none of it is taken for HTML.

    Parameters
    ----------
    title
        What it is about.
    facts
        Names and values that stand at the head.
    sections
        The rest, in order.
    """
    environment = Environment(
        loader=PackageLoader("descend", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(title=title, facts=facts, sections=sections) + "\n"

"""A chart with its finding and its text alternative, and how it becomes SVG or PNG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

INK: Final = "#1b1f24"
QUIET: Final = "#6a737d"
GRID: Final = "#e1e4e8"
PAPER: Final = "#fefefe"
# Okabe & Ito's palette, told apart with any colour vision: https://jfly.uni-koeln.de/color/
BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
YELLOW: Final = "#e69f00"
PINK: Final = "#cc79a7"

_VARIABLES: Final = {
    INK: "var(--ink)",
    QUIET: "var(--quiet)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    BLUE: "var(--blue)",
    ORANGE: "var(--orange)",
    GREEN: "var(--green)",
    YELLOW: "var(--yellow)",
    PINK: "var(--pink)",
}
_WHOLE: Final = ("$schema", "config")
"""What only the whole of a specification may say."""
_FONT: Final = "Arial, Helvetica, Liberation Sans, sans-serif"
"""Of one width everywhere: the renderer measures texts with these metrics, the browser draws them."""
_CONFIG: Final[dict[str, Any]] = {
    "background": PAPER,
    "padding": {"left": 4, "right": 12, "top": 6, "bottom": 6},
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
    "axisTemporal": {"format": "%d %b", "tickCount": 6, "labelOverlap": True},
    "legend": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "orient": "top",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
    "title": {"color": INK, "anchor": "start", "fontSize": 14, "fontWeight": 600, "offset": 10, "frame": "bounds"},
    "header": {"labelColor": INK, "titleColor": INK, "labelAnchor": "start", "labelFontWeight": 600},
    "text": {"color": INK},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """``title``: the finding in one line; ``description``: its text alternative; ``spec``: Vega-Lite."""

    title: str
    description: str
    spec: dict[str, Any]


def altair() -> ModuleType:
    """The chart library; raises MissingExtra where it is not installed."""
    try:
        import altair as alt
    except ImportError:
        raise MissingExtra("serve", "a chart") from None
    return alt


def picture(chart: Any, *, title: str, description: str, width: int = 720, height: int = 200) -> Picture:
    """Finish an Altair chart: size (px), the finding as its title, the house's colours."""
    sized = chart if "Concat" in type(chart).__name__ else chart.properties(width=width, height=height)
    spec = sized.properties(title=title).to_dict()
    spec["config"] = _CONFIG
    return Picture(title=title, description=description, spec=spec)


def together(pictures: Sequence[Picture], *, columns: int = 2) -> Picture:
    """Several pictures as one; the first one's finding stands for all, the text alternative names each."""
    if len(pictures) == 1:
        return pictures[0]
    spec = {
        "$schema": pictures[0].spec["$schema"],
        "concat": [{name: part for name, part in one.spec.items() if name not in _WHOLE} for one in pictures],
        "columns": columns,
        "config": _CONFIG,
    }
    told = " ".join(f"{one.title}. {one.description}" for one in pictures)
    return Picture(title=pictures[0].title, description=told, spec=spec)


def svg(shown: Picture, *, themed: bool = False) -> str:
    """Draw as SVG; ``themed`` takes its colours from the page's style sheet (light and dark)."""
    drawn = str(_converter().vegalite_to_svg(shown.spec))
    label = f'role="img" aria-label="{_attribute(shown.title + ". " + shown.description)}"'
    drawn = drawn.replace("<svg ", f"<svg {label} ", 1)
    if themed:
        drawn = drawn.replace(f'fill="{PAPER}"', 'fill="none"', 1)  # what lies behind it is the page's affair
        for colour, variable in _VARIABLES.items():
            drawn = drawn.replace(f'"{colour}"', f'"{variable}"')
    return drawn


def png(shown: Picture, *, scale: float = 2.0) -> bytes:
    """Draw as PNG; ``scale`` 2 is sharp on dense screens."""
    return bytes(_converter().vegalite_to_png(shown.spec, scale=scale))


def _converter() -> ModuleType:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtra("serve", "drawing a chart") from None
    return vl_convert


def _attribute(text: str) -> str:
    for raw, safe in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(raw, safe)
    return text

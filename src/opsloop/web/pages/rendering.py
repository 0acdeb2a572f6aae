"""Templates to HTML: escaped by default, numbers and times in one style, charts drawn in the page's colours."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from opsloop.charts import Picture, svg
from opsloop.spoken import counted, p_value, short_time

_ID: Final = re.compile(r"(?:LRN|OPS|FEAT)-\d{8}-[A-Za-z0-9]+")
_MARKED: Final = re.compile(rf"({_ID.pattern}|`[^`]+`)")


@cache
def environment() -> jinja2.Environment:
    """The templates' environment, made once: everything is escaped, an undefined name is an error when printed."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("opsloop.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "figure": figure,
        "duration": duration,
        "short_time": short_time,
        "p_value": p_value,
        "counted": counted,
    }
    made.globals["draw"] = draw
    return made


def figure(value: float, digits: int = 2) -> str:
    """``digits`` significant ones, but a whole number is never rounded; no scientific notation."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.{max(0, digits - len(str(int(abs(value)))))}f}"
    return f"{value:.{digits}g}" if abs(value) >= 1e-4 else "< 0.0001"


def duration(seconds: float) -> str:
    """A length of time as people say it: 42 s, 12 min, 3 h 05 min, 4 d 2 h, 5 d."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min"
    if whole < 86_400:
        minutes = whole % 3_600 // 60
        return f"{whole // 3_600} h {minutes:02} min" if minutes else f"{whole // 3_600} h"
    hours = whole % 86_400 // 3_600
    return f"{whole // 86_400} d {hours} h" if hours else f"{whole // 86_400} d"


def linked(text: str) -> Markup:
    """A line of a brief: ids of learnings as links, what stands between backticks as code where it is a name or a
    command, else as a quotation; everything escaped.
    """
    parts = []
    for part in _MARKED.split(text):
        if _ID.fullmatch(part):
            parts.append(Markup('<a class="id" href="/learnings/{0}">{0}</a>').format(part))
        elif len(part) > 1 and part[0] == part[-1] == "`":
            said = part[1:-1]
            framed = Markup("<code>{}</code>") if _is_name(said) else Markup("<q>{}</q>")
            parts.append(framed.format(said))
        else:
            parts.append(escape(part))
    return Markup("").join(parts)


def _is_name(said: str) -> bool:
    return " " not in said or said.startswith("opsloop ")


def draw(picture: Picture | Markup) -> Markup:
    """A chart as inline SVG; its texts are escaped by the renderer. Drawn once per specification."""
    return picture if isinstance(picture, Markup) else _drawn(_Shown(picture))


def drawn(values: Any) -> Any:
    """What a page shows, with every picture in it drawn."""
    if isinstance(values, Picture):
        return draw(values)
    if isinstance(values, dict):
        return {name: drawn(value) for name, value in values.items()}
    return [drawn(value) for value in values] if isinstance(values, list) else values


class _Shown:
    """A picture that hashes by what it shows."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._key = (picture.title, picture.description, repr(picture.spec))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shown) and other._key == self._key


@lru_cache(maxsize=256)
def _drawn(shown: _Shown) -> Markup:
    return Markup(svg(shown.picture, themed=True))  # noqa: S704 - the renderer escapes what it draws


def markdown(text: str) -> Markup:
    """Markdown from a journal as HTML that can do nothing: no raw HTML, no images, links only to http and https."""
    import nh3
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    clean = nh3.clean(
        reader.render(text),
        tags={"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "a"}
        | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - sanitized just now


def html(template: str, **values: Any) -> str:
    """Render one template."""
    return environment().get_template(template).render(**values)

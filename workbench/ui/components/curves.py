"""Deletion and insertion curves: how the target falls and rises as each method's first units go and come."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape

from workbench.palette import COLOURS, DASHES
from workbench.schema import Band, Faithfulness, Reference
from workbench.ui.style import is_dark

# A picture does not see the page's colours, and no grey can be read on both themes.
_AXIS = {False: "#64646f", True: "#a3a6b1"}
_STYLE = (
    ".wb-axis{font:11px sans-serif;fill:AXIS}.wb-rule{stroke:#9aa0ad}"
    ".wb-band{fill:#9aa0ad;opacity:.35}.wb-best{stroke:AXIS;stroke-width:1.5;stroke-dasharray:1 3}"
)

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 360, 190, 40, 26, 26


def curves_html(reference: Reference, entries: Sequence[Faithfulness], titles: Mapping[str, str]) -> str:
    """Both plots with their legend.

    Args:
        reference: Random band and best order.
        entries: One a method.
        titles: Method to what readers see.

    Returns:
        HTML, all text escaped.
    """
    random, best = reference.random, reference.best
    falling = [(one.method, one.deletion) for one in entries]
    rising = [(one.method, one.insertion) for one in entries]
    left = _plot("removed, the most important first", reference, random.deletion, best.deletion, falling)
    right = _plot("alone, the most important first", reference, random.insertion, best.insertion, rising)
    keys = _legend([one.method for one in entries], titles, "best order" if best.proven else "best order found")
    return f'<div class="wb-row"><div>{left}</div><div>{right}</div></div><div class="wb-keys">{keys}</div>'


def picture(box: str, content: str, alt: str, width: str) -> str:
    """A drawing as an image, since Streamlit takes drawings out of HTML.

    Args:
        box: The view box: left, top, width and height.
        content: SVG, all text escaped.
        alt: What it shows.
        width: CSS.

    Returns:
        HTML.
    """
    style = _STYLE.replace("AXIS", _AXIS[is_dark()])
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{style}</style>{content}</svg>'
    data = b64encode(whole.encode()).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}" style="width:{width};max-width:100%">'


def _plot(
    caption: str,
    reference: Reference,
    band: Band,
    best: Sequence[float],
    lines: Sequence[tuple[str, Sequence[float]]],
) -> str:
    values = [*band.low, *band.high, *best, *(value for _, line in lines for value in line)]
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    steps = [step / max(reference.steps[-1], 1) for step in reference.steps]

    def points(line: Sequence[float]) -> str:
        return " ".join(
            f"{_LEFT + step * (_WIDTH - _LEFT - 8):.1f},{_TOP + (high - value) / room * (_HEIGHT - _TOP - _BOTTOM):.1f}"
            for step, value in zip(steps, line, strict=True)
        )

    area = f"{points(band.high)} {' '.join(reversed(points(band.low).split()))}"
    drawn = "".join(
        f'<polyline points="{points(line)}" fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="2" '
        f'stroke-dasharray="{DASHES[index % len(DASHES)]}"><title>{escape(method)}</title></polyline>'
        for index, (method, line) in enumerate(lines)
    )
    content = (
        f'<polygon points="{area}" class="wb-band"/><polyline points="{points(best)}" fill="none" class="wb-best"/>'
        f"{drawn}{_axes(caption, low, high, reference.steps[-1])}"
    )
    return picture(f"0 0 {_WIDTH} {_HEIGHT}", content, f"Target, units {caption}", "480px")


def _axes(caption: str, low: float, high: float, units: int) -> str:
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<text x="{_LEFT}" y="14" class="wb-axis">units {caption}</text>'
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - 8}" y2="{bottom}" class="wb-rule"/>'
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}" class="wb-rule"/>'
        f'<text x="{_LEFT - 5}" y="{_TOP + 4}" class="wb-axis" text-anchor="end">{high:.2f}</text>'
        f'<text x="{_LEFT - 5}" y="{bottom}" class="wb-axis" text-anchor="end">{low:.2f}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}" class="wb-axis">none</text>'
        f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 8}" class="wb-axis" text-anchor="end">all {units}</text>'
    )


def _legend(methods: Sequence[str], titles: Mapping[str, str], bound: str) -> str:
    lines = [
        (
            f'<line x1="0" y1="4" x2="26" y2="4" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="2" '
            f'stroke-dasharray="{DASHES[index % len(DASHES)]}"/>',
            titles[method],
        )
        for index, method in enumerate(methods)
    ]
    lines.append(('<rect width="26" height="8" class="wb-band"/>', "random orders, 10 to 90%"))
    lines.append(('<line x1="0" y1="4" x2="26" y2="4" class="wb-best"/>', bound))
    return "".join(f"<span>{picture('0 0 26 8', drawn, '', '26px')} {escape(name)}</span>" for drawn, name in lines)

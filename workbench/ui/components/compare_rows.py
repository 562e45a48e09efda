"""The review as each checkpoint's explanation marks it, a row a checkpoint, and how far these agree."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.explainers import METHODS
from workbench.render import blank_html, heat_html, strongest
from workbench.schema import Explanation, Figure, Pair, Unit
from workbench.trust import METRICS, Family
from workbench.ui.comparing import Side, Sides, short_names
from workbench.ui.comparison_job import ComparisonJob, Part
from workbench.ui.components.methods import aside_html, counts_html, progress_html

# Of a metric that the version which made a saved run did not have.
_UNKNOWN = Figure(value=None, reason="not measured in this run")


def compared_rows_html(job: ComparisonJob, sides: Sides) -> str:
    """One row a checkpoint; each has its height before its result is there.

    Args:
        job: Running or ended.
        sides: What the checkpoints say.

    Returns:
        HTML, all text escaped.
    """
    names = short_names(list(sides.each))
    found = [part.explanation for part in job.sides.values() if part.explanation is not None]
    alike = sides.question.note is None
    # One colour means one number in all rows, where the scores mean the same.
    top = max(map(strongest, found), default=0.0) or None if alike else None
    meanings = [target.phrase() for target in sides.question.targets]
    rows = "".join(
        f'<div class="wb-mrow" data-checkpoint="{escape(name)}"><div title="{escape(name)}">'
        f"<b>{escape(names[name])}</b><small>{'' if alike else f'{escape(meaning)}<br>'}{_small(part)}</small></div>"
        f"{part_html(part, _blank(sides.each[name], job.request.unit), top)}</div>"
        for (name, part), meaning in zip(job.sides.items(), meanings, strict=True)
    )
    head = f"the {meanings[0]}" if alike else "each checkpoint's own predicted label"
    title = METHODS[job.request.method].title
    return (
        f'<div class="wb-box"><div class="wb-dim wb-head">What is explained by {escape(title)}: {escape(head)}</div>'
        f"{rows}{_legend(METHODS[job.request.method].signed, found, alike)}</div>"
    )


def part_html(part: Part, blank: str, top: float | None) -> str:
    """The two cells of a row: the review marked by its scores, and how to take them.

    Args:
        part: Where the row stands.
        blank: The review without marks.
        top: Score of full colour; by default the strongest of this row.

    Returns:
        HTML, all text escaped.
    """
    kind, body, right = "wb-text wb-blank", blank, ""
    if part.found is not None:
        # Where a difference starts and ends stands in its sum.
        kind, right = "wb-text", "" if part.difference and part.difference.additive else aside_html(part.found)
        body = heat_html(part.found, top)
    elif part.fault is not None:
        kind, body = "wb-fault", escape(part.fault)
    return f'<div class="{kind}" dir="auto" tabindex="0">{body}</div><div class="wb-f">{right}</div>'


def _small(part: Part) -> str:
    if part.found is not None:
        return counts_html(part.found)
    return "" if part.fault is not None else progress_html(part.done, part.total)


def _blank(side: Side, unit: Unit) -> str:
    return blank_html(side.prediction.text, side.spans(unit))


def _legend(signed: bool, found: Sequence[Explanation], alike: bool) -> str:
    scale = "The same scale in every row" if alike else "A scale of its own in each row"
    if not signed:
        return f'<div class="wb-legend wb-dim">The darker, the more was looked at. {scale}; hover for the number.</div>'
    boxes = any(one.unresolved for one in found)
    boxed = " A box is a phrase with one score: the budget did not tell its words apart." if boxes else ""
    return (
        '<div class="wb-legend wb-dim">lowers what is explained (line above)<i></i>raises it (line below). '
        f"{scale}; hover for the number.{boxed}</div>"
    )


def agreement_html(job: ComparisonJob) -> str:
    """How far the explanations of each two checkpoints agree; the cells are empty until all is there.

    Args:
        job: Running or ended.

    Returns:
        HTML, all text escaped.
    """
    metrics = [name for name in METRICS if METRICS[name].family is Family.AGREEMENT]
    heads = [
        "Checkpoints",
        *(METRICS[name].title for name in metrics),
        f"{job.request.unit.value.title()}s that both read",
    ]
    names = short_names(list(job.sides))
    known = {pair.checkpoints: pair for pair in job.result.pairs} if job.result else {}
    rows = "".join(
        f'<tr><th title="{escape(f"{first} and {second}")}">{escape(names[first])} and {escape(names[second])}</th>'
        f"{_figures(known.get((first, second)), metrics, job.request.text)}</tr>"
        for first, second in job.request.pairs
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return (
        '<div class="wb-box wb-next wb-over"><b>Agreement</b> <span class="wb-dim">between the explanations of each '
        f'two checkpoints</span><table class="wb-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div>"
    )


def _figures(pair: Pair | None, metrics: Sequence[str], text: str) -> str:
    if pair is None:
        return "<td>&nbsp;</td>" * (len(metrics) + 1)
    clash = ", ".join(span.of(text) for span in pair.conflicts)
    tips = {"sign_conflicts": clash, "rank_correlation": "with signs" if pair.signed else "by size"}
    cells = "".join(_figure(pair.figures.get(name, _UNKNOWN), tips.get(name, "")) for name in metrics)
    return f"{cells}<td><em>{len(pair.units)}</em></td>"


def _figure(figure: Figure, tip: str) -> str:
    if figure.value is None:
        return f'<td><em title="{escape(figure.reason or "")}">n/a</em></td>'
    colour = ";background:rgb(var(--wb-down))" if figure.value < 0 else ""
    bar = f'<b style="left:0;width:{min(abs(figure.value), 1.0) * 100:.0f}%{colour}"></b>'
    return f'<td title="{escape(tip)}"><span class="wb-cb wb-plain">{bar}</span><em>{figure.value:.2f}</em></td>'

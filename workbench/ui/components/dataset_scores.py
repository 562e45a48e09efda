"""How good the predictions of a data set are, as tables and bars."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from workbench.schema import DatasetFigures, Estimate

_SHOWN: tuple[tuple[str, str, Callable[[DatasetFigures], Estimate | None]], ...] = (
    ("Accuracy", "share of rows with exactly the right label; higher is better", lambda one: one.accuracy),
    ("Within one star", "share of rows at most one star off; higher is better", lambda one: one.off_by_one),
    ("Stars off", "mean absolute error of the expected rating, in stars; lower is better", lambda one: one.mae),
    ("Macro F1", "F1 averaged over the labels that occur or are predicted; higher is better", lambda one: one.macro_f1),
    ("Calibration error", "how far confidence is from the share that is right; lower is better", lambda one: one.ece),
    ("Log loss", "minus the logarithm of the right label's probability, in nats; lower is better",
     lambda one: one.log_loss),
    ("Brier score", "squared distance of the probabilities from the truth, 0 to 2; lower is better",
     lambda one: one.brier),
)  # fmt: skip


def scores_html(found: DatasetFigures) -> str:
    """The figures that there are, each above its 95% interval.

    Args:
        found: The figures, with labels.

    Returns:
        HTML, all text escaped.
    """
    values = [(title, tip, value) for title, tip, read in _SHOWN if (value := read(found)) is not None]
    head = "".join(f'<th title="{escape(tip)}">{title}</th>' for title, tip, _ in values)
    cells = "".join(f"<td><b>{value.value:.3f}</b>{_interval(value)}</td>" for _, _, value in values)
    return (
        '<div class="wb-box wb-over" tabindex="0"><table class="wb-table wb-figures"><thead>'
        f"<tr><th>Of</th>{head}</tr></thead><tbody><tr><th>{found.labelled:,} rows"
        f"<small>with a right label, 95% intervals</small></th>{cells}</tr></tbody></table></div>"
    )


def classes_html(found: DatasetFigures) -> str:
    """Precision, recall and F1 of each label.

    Args:
        found: The figures, with labels.

    Returns:
        HTML, all text escaped.
    """
    rows = "".join(
        f'<tr><th title="{escape(one.label)}">{escape(one.label)}</th><td>{one.rows:,}</td><td>{one.predicted:,}</td>'
        + "".join(_cell(value) for value in (one.precision, one.recall, one.f1))
        + "</tr>"
        for one in found.classes
    )
    heads = (
        ("Rows", "rows that are so"),
        ("Predicted", "rows with a right label that are predicted so"),
        ("Precision", "share of what is predicted so that is so"),
        ("Recall", "share of what is so that is predicted so"),
        ("F1", "harmonic mean of the two"),
    )
    head = "".join(f'<th title="{tip}">{title}</th>' for title, tip in heads)
    return (
        '<div class="wb-box wb-half wb-over wb-scroll" tabindex="0"><table class="wb-table wb-figures wb-classes">'
        f"<thead><tr><th>Label</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def predicted_html(found: DatasetFigures) -> str:
    """How often each label is predicted, with a tick where the right labels are.

    Args:
        found: The figures.

    Returns:
        HTML, all text escaped.
    """
    top = max(found.predicted) / max(found.rows, 1) or 1.0
    right = [one.rows / found.labelled for one in found.classes]
    top = max([top, *right])
    bars = ""
    for place, (label, count) in enumerate(zip(found.labels, found.predicted, strict=True)):
        share = count / max(found.rows, 1)
        tick, tip = "", f"{label}: {count:,} rows, {share:.1%}"
        if right:
            tick = f'<u style="left:calc({right[place] / top * 100:.1f}% - 1px)"></u>'
            tip += f"; {right[place]:.1%} of those with a right label are so"
        bars += (
            f'<div class="wb-pb wb-wider" title="{escape(tip)}"><span>{escape(label)}</span>'
            f'<i><b class="wb-on" style="width:{share / top * 100:.1f}%"></b>{tick}</i><em>{count:,}</em>'
            f"<em>{share:.1%}</em></div>"
        )
    legend = "All predicted rows." + (" The tick is the share of the right labels." if right else "")
    if (stars := found.expected) is not None:
        ends = "" if stars.low is None or stars.high is None else f" ({stars.low:.3f} to {stars.high:.3f})"
        legend += f" The expected rating is {stars.value:.3f} stars on average{ends}."
    return (
        f'<div class="wb-box wb-half wb-scroll" tabindex="0"><b>Predicted labels</b>{bars}'
        f'<div class="wb-dim">{legend}</div></div>'
    )


def _cell(value: Estimate | None) -> str:
    return "<td>–</td>" if value is None else f"<td>{value.value:.3f}{_interval(value)}</td>"


def _interval(value: Estimate) -> str:
    return "" if value.low is None or value.high is None else f"<small>{value.low:.3f} to {value.high:.3f}</small>"

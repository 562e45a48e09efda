"""How sure a checkpoint is on a data set, how far that can be believed, and a temperature that may help."""

from __future__ import annotations

import streamlit as st

from workbench.palette import COLOURS
from workbench.schema import DatasetFigures, Estimate, Reliability, RowFilter, TemperatureScaling
from workbench.triage import Dataset
from workbench.ui.components.curves import picture
from workbench.ui.components.reliability import reliability_drawing
from workbench.ui.dataset_results import obstacle_of, reliability_of, scaling_of
from workbench.ui.state import bound
from workbench.ui.style import literal

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 360, 190, 46, 20, 10, 34
_GREY = COLOURS[-1]
_READING = (
    "On the dashed line it is right as often as it says; below, it is too sure. The larger a dot, the more rows; "
    "whiskers are 95% intervals."
)


def confidence_html(found: DatasetFigures, reliability: Reliability | None) -> str:
    """The histogram of the confidence, and the reliability diagram where there are right labels.

    Args:
        found: The figures.
        reliability: None without labels.

    Returns:
        HTML, all text escaped.
    """
    keys = _keys(found)
    boxes = (
        f'<div class="wb-box wb-half"><b>Confidence</b><div>{histogram_drawing(found)}</div>'
        f'<div class="wb-keys">{keys}</div></div>'
    )
    if reliability is not None:
        boxes += reliability_html("Reliability", reliability, _READING)
    return f'<div class="wb-row">{boxes}</div>'


def histogram_drawing(found: DatasetFigures) -> str:
    """Rows by confidence, those known to be right and wrong in colours of their own.

    Args:
        found: The figures.

    Returns:
        HTML, all text escaped.
    """
    most = max(one.rows for one in found.histogram) or 1
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    width = (right - _LEFT) / len(found.histogram)
    drawn = ""
    for place, one in enumerate(found.histogram):
        top = float(bottom)
        for rows, colour in zip((one.wrong, one.right, one.rows - one.right - one.wrong), _colours(), strict=True):
            height = rows / most * (bottom - _TOP)
            top -= height
            if rows:
                drawn += (
                    f'<rect x="{_LEFT + place * width + 0.75:.1f}" y="{top:.1f}" width="{width - 1.5:.1f}" '
                    f'height="{height:.1f}" fill="{colour}"/>'
                )
    axes = (
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}" class="wb-rule"/>'
        f'<text x="{_LEFT - 5}" y="{_TOP + 8}" class="wb-axis" text-anchor="end">{most:,}</text>'
        f'<text x="{_LEFT - 5}" y="{bottom}" class="wb-axis" text-anchor="end">0</text>'
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 4}" class="wb-axis" text-anchor="middle">confidence</text>'
    ) + "".join(
        f'<text x="{_LEFT + share * (right - _LEFT)}" y="{bottom + 15}" class="wb-axis" text-anchor="middle">'
        f"{share:.0%}</text>"
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    said = "; ".join(f"{one.low:.0%} to {one.high:.0%}: {one.rows:,}" for one in found.histogram if one.rows)
    return picture(f"0 0 {_WIDTH} {_HEIGHT}", drawn + axes, f"Rows by confidence: {said}", f"{_WIDTH + 40}px")


def scaling_section(dataset: Dataset) -> None:
    """Offer temperature scaling, and show what it does to the half of the rows that it was not fitted on.

    Args:
        dataset: The data set, with right labels.
    """
    st.subheader("Temperature scaling", anchor=False)
    if reason := obstacle_of(dataset):
        st.caption(literal(f"Not offered: {reason}."))
        return
    st.caption(
        "One number that logits are divided by makes confidence more believable; no predicted label changes. It is "
        "fitted on a random half of all rows with a right label and measured on the other half."
    )
    if not st.toggle("Fit a temperature", **bound("dataset_scaling")):
        return
    scaling = scaling_of(dataset)
    st.html(scaling_html(scaling))
    if not scaling.at_limit:
        st.toggle("Use the scaled confidence in the threshold", **bound("dataset_scaled"))
        scaled = reliability_of(dataset, RowFilter(temperature=scaling.temperature.value))
        st.html(
            reliability_html(
                "Reliability with the temperature",
                scaled,
                "Of all rows with a right label, also those that it was fitted on.",
            )
        )


def reliability_html(title: str, found: Reliability, note: str, colour: str = COLOURS[0]) -> str:
    """The diagram, and whether so many rows show that confidence is off.

    Args:
        title: Above it.
        found: The bins.
        note: Below.
        colour: Of the dots.

    Returns:
        HTML.
    """
    said = found.sentence
    return (
        f'<div class="wb-box wb-half"><b>{title}</b><div class="wb-beside">'
        f"{reliability_drawing('the checkpoint', found.bins, colour)}"
        f'<div class="wb-dim"><p>{said[0].upper()}{said[1:]}.</p><p>{note}</p></div></div></div>'
    )


def scaling_html(scaling: TemperatureScaling) -> str:
    """A temperature's effect, before and after.

    Args:
        scaling: The temperature.

    Returns:
        HTML.
    """
    before, after = scaling.before, scaling.after
    lines = (
        ("as it is", 1.0, before, ""),
        ("scaled", scaling.temperature.value, after, _ends(scaling.temperature)),
    )
    rows = "".join(
        f"<tr><th>{name}</th><td>{value:.3f}{ends}</td><td>{one.log_loss.value:.4f}{_ends(one.log_loss, 4)}</td>"
        f"<td>{one.ece.value:.4f}{_ends(one.ece, 4)}</td><td>{one.confidence:.3f}</td>"
        f"<td>{scaling.accuracy.value:.3f}</td></tr>"
        for name, value, one, ends in lines
    )
    sentence = scaling.sentence
    kind = "" if scaling.helps else " wb-plain"
    return (
        f'<div class="wb-verdict wb-stack{kind}">{sentence[0].upper()}{sentence[1:]}.</div>'
        '<div class="wb-box wb-over" tabindex="0"><table class="wb-table wb-figures"><thead><tr>'
        f"<th>On {scaling.measured:,} rows</th><th>Temperature</th><th>Log loss</th><th>Calibration error</th>"
        f"<th>Mean confidence</th><th>Accuracy</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _colours() -> tuple[str, str, str]:
    """Of wrong, right, and unknown."""
    return COLOURS[1], COLOURS[0], _GREY


def _keys(found: DatasetFigures) -> str:
    names = ("wrong", "right", "no right label")
    counts = (
        sum(one.wrong for one in found.histogram),
        sum(one.right for one in found.histogram),
        found.rows - found.labelled,
    )
    return "".join(
        f"<span>{_square(colour)} {name}, {count:,}</span>"
        for name, count, colour in zip(names, counts, _colours(), strict=True)
        if count
    )


def _square(colour: str) -> str:
    return picture("0 0 12 8", f'<rect width="12" height="8" fill="{colour}"/>', "", "12px")


def _ends(value: Estimate, digits: int = 3) -> str:
    if value.low is None or value.high is None:
        return ""
    return f"<small>{value.low:.{digits}f} to {value.high:.{digits}f}</small>"

"""Which explanation to trust: the sentence, agreement, faithfulness, stability, baselines and sanity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from workbench.explainers import METHODS
from workbench.schema import Agreement, Faithfulness, Figure, Span, Trust
from workbench.ui.components.curves import curves_html

# About the height of the assessment: without methods, and for each one more.
_HEIGHT, _ROW = 450, 30

_CHECKS = (
    ("Method", ""),
    ("Faithfulness", "0 is a random order of the units, 1 the best order"),
    ("Comprehensive", "Mean drop of the target as the first units are removed; higher is better"),
    ("Sufficient", "Mean drop of the target with the first units alone; lower is better"),
    ("Over seeds", "Repeated with other seeds"),
    ("Shuffled weights", "Whether the scores change when the model forgets what it learned"),
)

_SANE = {None: "", True: '<span class="wb-tag">blind</span>', False: "<em>sensitive</em>"}


def sentence_html(trust: Trust | None, waiting: str, *, asked: bool = False) -> str:
    """The sentence on top: which method to go by, and what else to know.

    Args:
        trust: The assessment, or none while it is not there.
        waiting: What to say until then.
        asked: The assessment is under way, so its place is kept.

    Returns:
        HTML, all text escaped.
    """
    if trust is None:
        return f'<div class="wb-verdict wb-dim{" wb-asked" if asked else ""}">{escape(waiting)}</div>'
    items = "".join(f"<li>{escape(caution)}</li>" for caution in trust.verdict.cautions)
    cautions = f"<ul>{items}</ul>" if items else ""
    kind = "" if trust.verdict.method else " wb-none"
    return f'<div class="wb-verdict wb-asked{kind}"><b>{escape(trust.verdict.sentence)}</b>{cautions}</div>'


def waiting_html(methods: int) -> str:
    """The place of the assessment while it is under way, about as high as it will be.

    Args:
        methods: How many are judged.

    Returns:
        HTML.
    """
    return f'<div class="wb-box wb-dim" style="min-height:{_HEIGHT + methods * _ROW}px">Comparing the methods</div>'


def trust_html(trust: Trust) -> str:
    """Agreement, faithfulness and the checks, side by side.

    Args:
        trust: The assessment.

    Returns:
        HTML, all text escaped.
    """
    titles = {name: METHODS[name].title for name in _methods(trust)}
    curves = curves_html(trust.reference, trust.faithfulness, titles) if trust.reference else ""
    made = trust.evaluations
    return (
        f'<div class="wb-row"><div class="wb-box wb-half"><b>Agreement</b> <span class="wb-dim">rank correlation; '
        f"hover for overlap and conflicts</span>{matrix_html(trust.agreement, titles)}</div>"
        f'<div class="wb-box wb-wide"><b>Faithfulness</b> <span class="wb-dim">the target as units go and come; '
        f"0 is a random order, 1 the best</span>{curves}</div></div>"
        f'<div class="wb-row wb-next"><div class="wb-box wb-wide wb-over"><b>Each method</b>'
        f"{_methods_table(trust, titles)}</div>"
        f'<div class="wb-box"><b>Texts that say nothing</b> <span class="wb-dim">where SHAP starts from</span>'
        f"{_baselines(trust)}</div></div>"
        f'<div class="wb-dim wb-next">{made.asked:,} evaluations asked for by these checks, '
        f"{made.made:,} made; the others were known from SHAP, LIME or one another.</div>"
    )


def matrix_html(agreement: Sequence[Agreement], titles: Mapping[str, str]) -> str:
    """Rank correlations of each two methods.

    Args:
        agreement: One a pair.
        titles: Method to what readers see.

    Returns:
        HTML, all text escaped.
    """
    pairs = {frozenset(one.methods): one for one in agreement}
    numbers = {name: index for index, name in enumerate(titles, start=1)}
    head = "".join(f'<th title="{escape(title)}">{numbers[name]}</th>' for name, title in titles.items())
    rows = "".join(
        f"<tr><th><i>{numbers[left]}</i> {escape(title)}</th>"
        + "".join(_pair(pairs.get(frozenset((left, right)))) if left != right else "<td></td>" for right in titles)
        + "</tr>"
        for left, title in titles.items()
    )
    table = f"<thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="wb-over"><table class="wb-matrix">{table}</table></div>'


def flipped_of(trust: Trust | None, method: str) -> frozenset[Span]:
    """The units whose sign depends on the seed.

    Args:
        trust: The assessment, or none.
        method: Registered name.

    Returns:
        Their spans.
    """
    entry = next((one for one in trust.stability if one.method == method), None) if trust else None
    return frozenset() if entry is None else frozenset(entry.flipped)


def faithfulness_of(trust: Trust | None, method: str) -> float | None:
    """The one number of a method, where there is one.

    Args:
        trust: The assessment, or none.
        method: Registered name.

    Returns:
        0 for a random order, 1 for the best; may be negative.
    """
    entry = next((one for one in trust.faithfulness if one.method == method), None) if trust else None
    return None if entry is None or "faithfulness" not in entry.figures else entry.figures["faithfulness"].value


def _methods(trust: Trust) -> list[str]:
    named = [one.method for one in trust.faithfulness] or [name for one in trust.agreement for name in one.methods]
    return list(dict.fromkeys([*named, *(one.method for one in trust.sanity)]))


def _pair(pair: Agreement | None) -> str:
    if pair is None:
        return "<td></td>"
    figures = [f"{name.replace('_', ' ')}: {_number(figure)}" for name, figure in pair.figures.items()]
    tip = escape("; ".join([*figures, "with signs" if pair.signed else "by size, since one has no sign"]))
    value = pair.figures["rank_correlation"].value if "rank_correlation" in pair.figures else None
    if value is None:
        return f'<td title="{tip}">n/a</td>'
    colour = "up" if value >= 0 else "down"
    return f'<td title="{tip}" style="background:rgba(var(--wb-{colour}),{abs(value) * 0.45:.2f})">{value:.2f}</td>'


def _methods_table(trust: Trust, titles: Mapping[str, str]) -> str:
    head = "".join(f'<th title="{escape(tip)}">{name}</th>' for name, tip in _CHECKS)
    rows = "".join(_checked(trust, entry, titles[entry.method]) for entry in trust.faithfulness)
    return f'<table class="wb-table wb-checks"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _checked(trust: Trust, entry: Faithfulness, title: str) -> str:
    """One method's line in the table of checks."""
    repeated = next((one for one in trust.stability if one.method == entry.method), None)
    steady = "same for any seed" if repeated is None else f"{len(repeated.flipped)} of {len(repeated.units)} signs flip"
    shuffled = next((one for one in trust.sanity if one.method == entry.method), None)
    blind = None if shuffled is None else shuffled.insensitive
    return (
        f"<tr><th>{escape(title)}</th>{_faithful(entry)}"
        f"<td><em>{_figure(entry, 'comprehensiveness')}</em></td><td><em>{_figure(entry, 'sufficiency')}</em></td>"
        f"<td><em>{steady}</em></td><td>{_SANE[blind]}</td></tr>"
    )


def _faithful(entry: Faithfulness) -> str:
    value = entry.figures["faithfulness"].value
    if value is None:
        return f'<td><em title="{escape(entry.figures["faithfulness"].reason or "")}">n/a</em></td>'
    width = min(max(value, 0.0), 1.0) * 100
    bar = f'<b style="left:0;width:{width:.0f}%;background:var(--wb-good)"></b>'
    return f'<td><span class="wb-cb wb-plain">{bar}</span><em>{value:.2f}</em></td>'


def _baselines(trust: Trust) -> str:
    rows = ""
    for one in trust.baselines:
        tag = "" if one.neutral else '<span class="wb-tag">not neutral</span>'
        answer = f"{escape(one.answer.verdict)} {max(one.answer.probabilities.values()):.2f}"
        rows += f"<tr><th>{escape(one.name)}</th><td><em>{answer}</em></td><td>{tag}</td></tr>"
    warning = next((one.warning for one in trust.baselines if one.warning), None)
    note = f'<div class="wb-dim">{escape(warning)}</div>' if warning else ""
    return f'<table class="wb-table"><tbody>{rows}</tbody></table>{note}'


def _figure(entry: Faithfulness, name: str) -> str:
    return _number(entry.figures[name]) if name in entry.figures else ""


def _number(figure: Figure) -> str:
    return f"{figure.value:.2f}" if figure.value is not None else f"n/a ({figure.reason})"

"""Results as small pieces of HTML that need no style sheet: for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from itertools import groupby

from workbench.palette import heat_style
from workbench.schema import NOTEBOOK_VIEWS, Attribution, Explanation, Prediction, Score, Span

# So much of the text that the model did not read is shown.
_UNREAD_SHOWN = 600

# The least number that three decimals show.
_SMALLEST = 0.001

# Differences in sign count only where both scores are at least this share of their method's largest.
_CLEAR = 0.1


def prediction_html(prediction: Prediction) -> str:
    """A prediction as a table of labels, logits and probabilities.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    rows = "".join(
        f"<tr><th>{escape(label)}</th><td>{logit:+.3f}</td><td>{chance:.3f}</td></tr>"
        for label, logit, chance in zip(prediction.labels, prediction.logits, prediction.probabilities, strict=True)
    )
    expected = "" if prediction.expected_rating is None else f", expected rating {prediction.expected_rating:.2f}"
    sure = "" if prediction.independent else f" ({prediction.confidence:.2f}{expected})"
    head = f"<b>{escape(prediction.verdict)}</b>{sure}"
    return f"<div>{head}<table><tr><th>label</th><th>logit</th><th>probability</th></tr>{rows}</table></div>"


def precision_phrase(explanation: Attribution) -> str:
    """How exact the evaluations behind scores were.

    Args:
        explanation: What is shown.

    Returns:
        A phrase, not escaped; empty where they were exact.
    """
    if "precision_error" not in explanation.details:
        return ""
    error, texts = float(explanation.details["precision_error"]), float(explanation.details["precision_texts"])
    return f"{explanation.options['precision']}: off by up to {error:.2g} on {texts:.0f} of its texts"


def heat_html(explanation: Attribution, top: float | None = None, flipped: Collection[Span] = ()) -> str:
    """The text with each unit coloured by its score, the number on hover.

    Args:
        explanation: What to show.
        top: Absolute score of full colour; by default the strongest of this explanation.
        flipped: Units whose sign depends on the seed: they are grey.

    Returns:
        HTML, all text escaped. Units that the method never told apart share one box; text that the model did not read
        is greyed.
    """
    units = [unit for unit in explanation.units if unit.text]
    scale = top or strongest(explanation) or 1.0
    phrases = phrases_of(explanation)
    pieces: list[str] = []
    position = 0
    for phrase, members in groupby(units, key=lambda unit: phrases.get(unit.span)):
        group = list(members)
        pieces.append(escape(explanation.text[position : group[0].start]))
        if phrase is None:
            pieces.append(_joined(explanation.text, group, lambda unit: _word(explanation, unit, scale, flipped)))
        else:
            pieces.append(_phrase(explanation, group, scale, flipped))
        position = group[-1].end
    return "".join([*pieces, _unread(explanation.text[position:])])


def blank_html(text: str, spans: Sequence[Span]) -> str:
    """The text as ``heat_html`` lays it out, without colours: the place of a result that is still to come.

    Args:
        text: What is explained.
        spans: Its units.

    Returns:
        HTML, all text escaped.
    """
    pieces: list[str] = []
    position = 0
    for span in spans:
        pieces.append(f'{escape(text[position : span.start])}<span class="wb-w">{escape(span.of(text))}</span>')
        position = span.end
    return "".join([*pieces, _unread(text[position:])])


def strongest(explanation: Attribution) -> float:
    """The largest absolute number that ``heat_html`` draws: of a unit, or of a phrase as a whole.

    Args:
        explanation: What is shown.

    Returns:
        Zero where all is zero.
    """
    phrases = phrases_of(explanation)
    sums = [sum(unit.score for unit in units) for units in phrases.values()]
    own = [unit.score for unit in explanation.units if unit.span not in phrases]
    return max(map(abs, [*sums, *own]), default=0.0)


def phrases_of(explanation: Attribution) -> dict[Span, tuple[Score, ...]]:
    """Which units the method never told apart.

    Args:
        explanation: Of any method.

    Returns:
        Unit to all units of its phrase; units with a score of their own are missing.
    """
    found: dict[Span, tuple[Score, ...]] = {}
    for phrase in explanation.unresolved:
        inside = tuple(unit for unit in explanation.units if phrase.start <= unit.start < unit.end <= phrase.end)
        found |= {unit.span: inside for unit in inside}
    return found


def phrase_tip(explanation: Attribution, units: Sequence[Score]) -> str:
    """What is shown on hover of a phrase.

    Args:
        explanation: Where it stands.
        units: Those of the phrase.

    Returns:
        Plain text.
    """
    total = sum(unit.score for unit in units)
    return f"{signed(total)} shared by {len(units)} {explanation.unit.value}s, not told apart at this budget"


def signed(value: float) -> str:
    """A score with its sign: to four decimals, or to two digits where those would be zeros.

    Args:
        value: Any.

    Returns:
        Plain text, such as ``+0.0312`` or ``-4.1e-06``.
    """
    text = f"{value:+.4f}"
    return f"{value:+.1e}" if value and not float(text) else text


def score_tip(score: Score, *, flips: bool = False) -> str:
    """What is shown on hover of a unit.

    Args:
        score: Of the unit.
        flips: Its sign depends on the seed.

    Returns:
        Plain text.
    """
    spread = "" if score.spread is None else f" ± {score.spread:.4f} over seeds"
    return f"{signed(score.score)}{spread}{'; its sign depends on the seed' if flips else ''}"


def settled_phrase(explanation: Attribution) -> str:
    """Whether the scores had settled when sampling ended, and after how many evaluations.

    Args:
        explanation: Of any method.

    Returns:
        Plain text; empty where the method had no tolerance to stop at, or evaluated every subset.
    """
    details = explanation.details
    if "settled" not in details or details.get("algorithm") == "exact":
        return ""
    used, budget = (f"{float(details[name]):,.0f}" for name in ("budget_used", "budget"))
    settled = details["settled"] == "yes"
    share = float(details.get("largest_share", 0.0))
    shared = "" if settled or share < _SMALLEST else f", {share:.3f} still shared in a phrase"
    change = float(details["last_change"])
    shown = f"{change:.3f}" if change >= _SMALLEST else f"under {_SMALLEST}"
    return f"{'' if settled else 'not '}settled after {used} of {budget} evaluations; last change {shown}{shared}"


def signs_differ(scores: Mapping[str, Score], tops: Mapping[str, float]) -> bool:
    """Whether two columns clearly disagree about the direction of a word.

    Args:
        scores: Column to its score of the word.
        tops: Column to its largest absolute score; those that have no sign are missing.

    Returns:
        True if one is clearly positive and another clearly negative.
    """
    clear = [score.score for name, score in scores.items() if name in tops and abs(score.score) >= _CLEAR * tops[name]]
    return bool(clear) and min(clear) < 0 < max(clear)


def _joined(text: str, units: Sequence[Score], shown: Callable[[Score], str]) -> str:
    """Units as ``shown`` makes them, with the text that stands between them."""
    pieces: list[str] = []
    position = units[0].start
    for unit in units:
        pieces += [escape(text[position : unit.start]), shown(unit)]
        position = unit.end
    return "".join(pieces)


def _word(explanation: Attribution, unit: Score, scale: float, flipped: Collection[Span]) -> str:
    flips = unit.span in flipped
    style = heat_style(unit.score / scale, signed=explanation.signed and not flips)
    kind = "wb-w wb-flip" if flips else "wb-w"
    return f'<span class="{kind}" style="{style}" title="{score_tip(unit, flips=flips)}">{escape(unit.text)}</span>'


def _phrase(explanation: Attribution, units: Sequence[Score], scale: float, flipped: Collection[Span]) -> str:
    """One box around a phrase, in the colour of the number that stands for it: the sum."""
    flips = [unit.span in flipped for unit in units]
    total = sum(unit.score for unit in units)
    style = heat_style(total / scale, signed=explanation.signed and not all(flips))
    tip = phrase_tip(explanation, units) + ("; the sign depends on the seed" if any(flips) else "")
    kind = "wb-p wb-flip" if all(flips) else "wb-p"
    inside = _joined(explanation.text, units, lambda unit: f'<span class="wb-w">{escape(unit.text)}</span>')
    outline = "outline:1px solid rgba(128,128,128,.75)"
    return f'<span class="{kind}" style="{style};{outline}" title="{tip}">{inside}</span>'


def _unread(rest: str) -> str:
    if not rest.strip():
        return escape(rest)
    cut = rest if len(rest) <= _UNREAD_SHOWN else f"{rest[:_UNREAD_SHOWN]}… ({len(rest):,} characters not read)"
    return f'<span class="wb-unread" title="not read by the model">{escape(cut)}</span>'


def explanation_html(explanation: Explanation) -> str:
    """An explanation as one heat-mapped line with its figures.

    Args:
        explanation: What to show.

    Returns:
        HTML, all text escaped.
    """
    made = explanation.evaluations
    head = f"{escape(explanation.method)}: {escape(explanation.target.phrase())}; {made.asked} asked, {made.made} made"
    head += "".join(f"; {aside}" for aside in (settled_phrase(explanation), precision_phrase(explanation)) if aside)
    return f"<div><small>{head}</small><p>{heat_html(explanation)}</p></div>"


NOTEBOOK_VIEWS[Prediction] = prediction_html
NOTEBOOK_VIEWS[Explanation] = explanation_html

"""One sentence: which method to go by for this review, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.schema import Agreement, Baseline, Faithfulness, Figure, Sanity, Stability, Verdict

# Two methods closer than this in faithfulness are as good as each other.
TIE = 0.05
# Below these, agreement and fit are low; above, a method is unsteady.
LOW_AGREEMENT = 0.3
LOW_FIT = 0.5
MANY_FLIPS = 0.2


@dataclass(frozen=True)
class Findings:
    """What the verdict is computed from.

    Attributes:
        faithfulness: One a method.
        agreement: One a pair.
        stability: One a method that draws samples.
        baselines: Masked, empty and padded text.
        sanity: One a method.
        proven: The best order of removal is known, not only the best found.
        titles: Method to what readers see; names stand in for missing ones.
    """

    faithfulness: Sequence[Faithfulness]
    agreement: Sequence[Agreement] = ()
    stability: Sequence[Stability] = ()
    baselines: Sequence[Baseline] = ()
    sanity: Sequence[Sanity] = ()
    proven: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, method: str) -> str:
        """What readers see of a method."""
        return self.titles.get(method, method)

    def flips(self, method: str) -> float:
        """Share of words whose sign flips over seeds; 0 for a method without randomness."""
        return next((_value(one.figures, "sign_flips") or 0.0 for one in self.stability if one.method == method), 0.0)

    def fit(self, method: str) -> float | None:
        """R2 of the local fit, for a method that has one."""
        return next((_value(one.figures, "local_fit") for one in self.stability if one.method == method), None)

    def typical_agreement(self, method: str) -> float | None:
        """Median rank correlation with the other methods."""
        values = [
            value
            for one in self.agreement
            if method in one.methods and (value := _value(one.figures, "rank_correlation")) is not None
        ]
        return float(np.median(values)) if values else None


def decide(findings: Findings) -> Verdict:
    """Which method to go by.

    The most faithful one among those that beat nine random orders in ten and depend on the model's weights; of those
    within 0.05 of it, the one whose signs flip least over seeds. An insensitive method is never recommended.

    Args:
        findings: All that was measured.

    Returns:
        The verdict; without a method where none deserves it.
    """
    ranked = sorted(
        (one for one in findings.faithfulness if _value(one.figures, "faithfulness") is not None),
        key=lambda one: -_score(one),
    )
    if not ranked:
        return Verdict(method=None, sentence=_unknown(findings.faithfulness))
    blind = {one.method for one in findings.sanity if one.insensitive}
    better = [one for one in ranked if one.better_than_random]
    sound = [one for one in better if one.method not in blind]
    if not sound:
        return Verdict(method=None, sentence=_nobody(better, findings), cautions=_blind_cautions(findings))
    near = [one for one in sound if _score(one) >= _score(sound[0]) - TIE]
    chosen = min(near, key=lambda one: (findings.flips(one.method), -_score(one)))
    cautions = (*_cautions(chosen.method, findings), *_blind_cautions(findings))
    return Verdict(method=chosen.method, sentence=_choice(chosen, near, sound, findings), cautions=cautions)


def _score(entry: Faithfulness) -> float:
    return _value(entry.figures, "faithfulness") or 0.0


def _value(figures: Mapping[str, Figure], name: str) -> float | None:
    return figures[name].value if name in figures else None


def _unknown(entries: Sequence[Faithfulness]) -> str:
    reasons = dict.fromkeys(one.figures["faithfulness"].reason or "" for one in entries)
    why = "; ".join(reasons) if reasons else "their faithfulness was not measured"
    return f"Which method to go by for this review cannot be told: {why}."


def _nobody(better: Sequence[Faithfulness], findings: Findings) -> str:
    if not better:
        return (
            "None is better than random here: removing the words that a method ranks first changes the prediction "
            "no more than removing words at random."
        )
    names = _list([findings.title(one.method) for one in better])
    verb = "does" if len(better) == 1 else "do"
    return (
        f"None can be recommended here: only {names} {verb} better than random, but without depending on what the "
        "model has learned."
    )


def _choice(
    chosen: Faithfulness, near: Sequence[Faithfulness], sound: Sequence[Faithfulness], findings: Findings
) -> str:
    best = "the best possible" if findings.proven else "the best that was found"
    why = (
        f"Go by {findings.title(chosen.method)} for this review: the prediction hangs on the words it ranks first "
        f"({_score(chosen):.2f}, where 0 is a random order and 1 {best}"
    )
    rest = [one for one in sound if one is not chosen]
    beside = f"; next {findings.title(rest[0].method)}, {_score(rest[0]):.2f})" if rest else ")"
    equals = [findings.title(one.method) for one in near if one is not chosen]
    steadier = any(_score(one) > _score(chosen) for one in near)
    tie = f"; {_list(equals)} {'is' if len(equals) == 1 else 'are'} about as good" if equals else ""
    return f"{why}{beside}{tie}{' but less steady' if steadier else ''}{_doubts(chosen.method, findings)}."


def _doubts(method: str, findings: Findings) -> str:
    doubts = []
    agreed, fit = findings.typical_agreement(method), findings.fit(method)
    if agreed is not None and agreed < LOW_AGREEMENT:
        doubts.append(f"the other methods rank the words otherwise (typical rank correlation {agreed:.2f})")
    if fit is not None and fit < LOW_FIT:
        doubts.append(f"its linear model fits badly here (R2 {fit:.2f})")
    return f", but {' and '.join(doubts)}" if doubts else ""


def _cautions(method: str, findings: Findings) -> tuple[str, ...]:
    found = []
    flips = findings.flips(method)
    if flips > MANY_FLIPS:
        found.append(f"{flips:.0%} of the words change sign with the seed; read no direction into those.")
    if method == "shap":
        found += [one.warning for one in findings.baselines if one.name == "masked" and one.warning]
    return tuple(found)


def _blind_cautions(findings: Findings) -> tuple[str, ...]:
    parts = {"head": "the classifier's head", "last-layer": "the last layer", "all": "the whole model"}
    blind = [(findings.title(one.method), one.unchanged_by[0]) for one in findings.sanity if one.insensitive]
    return tuple(
        f"{title} ranks the words the same when {parts.get(depth, depth)} is shuffled: it does not explain this "
        "prediction."
        for title, depth in blind
    )


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

"""Whether a word that was tested looks like a shortcut, in a plain sentence."""

from __future__ import annotations

from workbench.schema import Estimated, Reliance, ShortcutVerdict, WordControl, WordEffect, WordProbe
from workbench.text import excerpt

LEVEL = 0.05
_SHOWN = 40


def shortcut_verdict(probe: WordProbe) -> ShortcutVerdict:
    """What removing a word says of it.

    It is relied on where its removal lowers the probability more than that of other words of the same reviews: by the
    permutation test and by the interval of the difference. Whether it should be, only right labels can say: a shortcut
    is a word without which more predictions are right.

    Args:
        probe: The word's test.

    Returns:
        The verdict, with what it is founded on.
    """
    effect = probe.effects[0]
    word = f"“{excerpt(probe.word, _SHOWN)}”"
    done = f"Removing {word} changes the label of {effect.flipped.value:.1%} of {probe.reviews:,} reviews"
    control = effect.control
    if control is None:
        said = f"{done}; they have too few other words to compare that with."
        return ShortcutVerdict(reliance=Reliance.UNSURE, sentence=said)
    done += f", removing another word of them {control.flipped.value:.1%}"
    if not _relied(control):
        said = f"{done}: it does no more than they do, so nothing here says that it is a shortcut."
        return ShortcutVerdict(reliance=Reliance.NOTHING, sentence=said)
    return _judged(effect, done)


def _relied(control: WordControl) -> bool:
    return control.p < LEVEL and control.beyond.high is not None and control.beyond.high < 0


def _judged(effect: WordEffect, done: str) -> ShortcutVerdict:
    """Of a word that is relied on."""
    accuracy = effect.accuracy
    if accuracy is None:
        reliance, said = Reliance.RELIED, "without right labels, whether it should is for a reader to say"
    elif accuracy.low is not None and accuracy.low > 0:
        said = f"more predictions are right without it ({_points(accuracy)}), so it looks like a shortcut"
        return ShortcutVerdict(reliance=Reliance.SHORTCUT, sentence=f"{done}; {said}.")
    elif accuracy.high is not None and accuracy.high < 0:
        reliance = Reliance.EARNED
        said = f"fewer are right without it ({_points(accuracy)}), so by these labels it does so with reason"
    else:
        reliance = Reliance.RELIED
        said = f"as many are right without it ({_points(accuracy)}), so it may be a shortcut"
    return ShortcutVerdict(reliance=reliance, sentence=f"{done}: the checkpoint relies on it; {said}.")


def _points(accuracy: Estimated) -> str:
    return f"accuracy {100 * accuracy.value:+.1f} points".replace("-", "−")

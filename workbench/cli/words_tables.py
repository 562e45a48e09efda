"""Words over many reviews as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.output import printable, table
from workbench.schema import Candidate, Estimated, WordDifferences, WordEffect, WordProbe, WordScores
from workbench.text import excerpt

_SHOWN = 5  # examples of each edit


def scores_table(found: WordScores) -> str:
    """Words with what they do.

    Args:
        found: The words.

    Returns:
        Lines.
    """
    header = ["word", "target", "group", "reviews", "times", "mean", "error", "total", "magnitude", "positive"]
    rows = [
        [
            excerpt(one.form, 30),
            one.target,
            one.group,
            one.reviews,
            one.occurrences,
            one.mean,
            "" if one.error is None else f"{one.error:.4f}",
            one.total,
            one.magnitude,
            f"{one.positive:.0%}",
        ]
        for one in found.words
    ]
    counted = ", ".join(f"{name or 'in all'} {count:,}" for name, count in found.reviews.items())
    about = f"{found.question.method}, {found.question.target}; explained reviews: {counted or 'none'}\n"
    return printable(about[:-1]) + "\n" + table(header, rows) + _notes(found.notes)


def differences_table(found: WordDifferences) -> str:
    """Words that differ between right and wrong predictions.

    Args:
        found: Their differences.

    Returns:
        Lines.
    """
    header = ["word", "target", "right", "wrong", "difference", "95% interval", "p", "q"]
    rows = [
        [
            excerpt(one.first.form, 30),
            one.target,
            one.first.mean,
            one.second.mean,
            one.difference,
            _interval(one.low, one.high),
            "" if one.p is None else f"{one.p:.3g}",
            "" if one.q is None else f"{one.q:.3g}",
        ]
        for one in found.words
    ]
    about = (
        f"explained reviews: right {found.reviews[0]:,}, wrong {found.reviews[1]:,}; words tested: {found.tested:,}\n"
    )
    return about + table(header, rows) + _notes(found.notes)


def candidates_table(found: Sequence[Candidate]) -> str:
    """Words that look like shortcuts.

    Args:
        found: The words.

    Returns:
        Lines.
    """
    header = ["word", "label", "reviews", "predicted", "truth", "z", "truth z", "mean", "magnitude", "plain"]
    rows = [
        [
            excerpt(one.form, 30),
            one.label,
            one.reviews,
            f"{one.predicted:.0%}",
            "" if one.truth is None else f"{one.truth:.0%}",
            one.z,
            "" if one.truth_z is None else f"{one.truth_z:.4f}",
            one.mean,
            one.magnitude,
            "yes" if one.plain else "",
        ]
        for one in found
    ]
    return table(header, rows)


def probe_table(found: WordProbe) -> str:
    """What a word does.

    Args:
        found: The result of its test.

    Returns:
        Lines.
    """
    from workbench import services

    about = f"{excerpt(found.word, 40)!r} in {found.reviews:,} reviews, {found.occurrences:,} times"
    controls = [one.control for one in found.effects]
    rows: list[tuple[str, list[str]]] = [
        ("label changes", [_share(one.flipped) for one in found.effects]),
        ("probability of the label", [_number(one.probability) for one in found.effects]),
        ("expected rating", [_number(one.rating) for one in found.effects]),
        ("accuracy", [_number(one.accuracy) for one in found.effects]),
        ("other words: label changes", [_share(one.flipped) if one else "" for one in controls]),
        ("other words: probability", [_number(one.probability) if one else "" for one in controls]),
        ("beyond other words", [_number(one.beyond) if one else "" for one in controls]),
        ("lowers more than another", [f"{one.superiority:.0%}" if one else "" for one in controls]),
        ("p", [f"{one.p:.3g}" if one else "" for one in controls]),
    ]
    header = ["change", *(_title(one) for one in found.effects)]
    lines = [about + "\n", table(header, [[name, *cells] for name, cells in rows if any(cells)])]
    lines += [_examples(one) for one in found.effects]
    lines.append(f"\n{services.shortcut_verdict(found).sentence}\n")
    return printable_lines("".join(lines)) + _notes(found.notes)


def printable_lines(text: str) -> str:
    """Lines as a terminal may have them."""
    return "".join(printable(line) + "\n" for line in text.split("\n")[:-1])


def _title(effect: WordEffect) -> str:
    return f"{effect.edit} by {', '.join(effect.words)}" if effect.words else str(effect.edit)


def _examples(effect: WordEffect) -> str:
    rows = [
        [
            one.id,
            f"{one.label} {one.probability:.2f}",
            f"{one.new_label} {one.new_probability:.2f}" if one.new_label == one.label else one.new_label,
            excerpt(one.after, 60),
        ]
        for one in effect.examples[:_SHOWN]
    ]
    return f"\nmost changed where it is {effect.edit}\n" + table(["row", "before", "after", "read instead"], rows)


def _share(found: Estimated) -> str:
    return f"{found.value:.1%}" + ("" if found.low is None else f" [{found.low:.1%}, {found.high:.1%}]")


def _number(found: Estimated | None) -> str:
    return "" if found is None else f"{found.value:+.3f} {_interval(found.low, found.high)}".rstrip()


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:+.3f}, {high:+.3f}]"


def _notes(notes: Sequence[str]) -> str:
    return "".join(f"note: {printable(note)}\n" for note in notes)

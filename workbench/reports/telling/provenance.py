"""Where a result is from: fingerprints, seeds, options, versions, and the commands that make and check it again."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from workbench.reports.document import Block, Cell, Facts, Paragraph, Table, Tone
from workbench.reports.telling.wording import method_title
from workbench.schema import Attribution, CheckpointInfo, Comparison, EntityReport, Explanation, Report

# A longer text, or one that a command line cannot carry, is read from a file.
_LONGEST = 300
_FILE = "review.txt"


def report_provenance(report: Report) -> Iterator[Block]:
    """Where an explanation is from.

    Args:
        report: What is told.

    Yields:
        Blocks.
    """
    yield Facts(tuple(checkpoint_facts(report.prediction.checkpoint)))
    if report.explanations:
        yield _settings([(method_title(one.method), one) for one in report.explanations])
    yield from version_facts(report.provenance)
    yield from _commands(explain_command(report), report.prediction.text)


def entities_provenance(report: EntityReport) -> Iterator[Block]:
    """Where entities, and why one has its type, are from.

    Args:
        report: What is told.

    Yields:
        Blocks.
    """
    yield Facts(tuple(checkpoint_facts(report.prediction.checkpoint)))
    if report.explanations:
        yield _settings([(method_title(one.method), one) for one in report.explanations])
    yield from version_facts(report.provenance)
    yield from _commands(entities_command(report), report.prediction.text)


def comparison_provenance(comparison: Comparison) -> Iterator[Block]:
    """Where a comparison is from.

    Args:
        comparison: What is told.

    Yields:
        Blocks.
    """
    yield Facts(tuple(row for one in comparison.checkpoints for row in checkpoint_facts(one.checkpoint)))
    sides: list[tuple[str, Attribution]] = [(one.checkpoint.name, one.explanation) for one in comparison.checkpoints]
    differences = [(" − ".join(pair.checkpoints), pair.difference) for pair in comparison.pairs if pair.difference]
    yield _settings([*sides, *differences])
    yield from version_facts(comparison.provenance)
    yield from _commands(compare_command(comparison), comparison.text)


def explain_command(report: Report) -> str:
    """The command that makes an explanation again.

    Args:
        report: What it made.

    Returns:
        One line for a POSIX shell.
    """
    prediction, words = report.prediction, ["--checkpoint", report.prediction.checkpoint.name]
    for one in report.explanations:
        words += ["--method", one.method]
    if report.explanations:
        first = report.explanations[0]
        words += ["--target", str(first.target), "--unit", first.unit.value, "--seed", str(first.seed)]
    words += _options(report.explanations)
    words += ["--trust"] if report.trust else ["--no-trust"]
    words += ["--windows"] if prediction.windows else []
    return _command("explain", prediction.text, words)


def entities_command(report: EntityReport) -> str:
    """The command that finds entities again, and explains the same one.

    Args:
        report: What it made.

    Returns:
        One line for a POSIX shell.
    """
    found = report.prediction
    words = ["--checkpoint", found.checkpoint.name, "--strategy", found.strategy.value, "--scheme", found.scheme.value]
    words += ["--windows"] if found.windows else []
    if report.explanations and report.entity is not None:
        first = report.explanations[0]
        words += ["--explain", str(report.entity + 1), "--unit", first.unit.value, "--seed", str(first.seed)]
        for one in report.explanations:
            words += ["--method", one.method]
        words += _options(report.explanations)
    return _command("entities", found.text, words)


def compare_command(comparison: Comparison) -> str:
    """The command that makes a comparison again.

    Args:
        comparison: What it made.

    Returns:
        One line for a POSIX shell.
    """
    words: list[str] = []
    for one in comparison.checkpoints:
        words += ["--checkpoint", one.checkpoint.name]
    first = comparison.checkpoints[0].explanation
    words += ["--method", first.method, "--seed", str(first.seed)]
    targets = {str(one.explanation.target) for one in comparison.checkpoints}
    kinds = {one.explanation.target.kind for one in comparison.checkpoints}
    if "scale" in kinds:
        words += ["--target", "scale"]
        for one in comparison.checkpoints:
            places = ",".join(f"{label}={place!r}" for label, place in (one.scale or {}).items())
            words += ["--scale", f"{one.checkpoint.name}:{places}"]
    else:
        words += ["--target", *(targets if len(targets) == 1 else ["predicted"])]
    words += ["--budget", str(first.options["budget"])] if "budget" in first.options else []
    return _command("compare", comparison.text, words)


def _options(explanations: Sequence[Explanation]) -> list[str]:
    """The options of methods as the command line takes them."""
    return [
        word
        for one in explanations
        for name, value in one.options.items()
        if value is not None
        for word in ("--set", f"{one.method}.{name}={value}")
    ]


def _command(name: str, text: str, words: Sequence[str]) -> str:
    spoken = speakable(text)
    # Behind "--", so that a text that starts with a hyphen is no option.
    line = shlex.join(["workbench", name, *words, "--output", "again.json", "--", text if spoken else "-"])
    return line if spoken else f"{line} < {_FILE}"


def speakable(text: str) -> bool:
    """Whether a text can be typed: short, and without signs that a terminal would act on or hide.

    Args:
        text: Any text.

    Returns:
        False where it has to come from elsewhere.
    """
    return len(text) <= _LONGEST and not any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in text)


def _commands(command: str, text: str) -> Iterator[Block]:
    rows = [("Make it again", command), ("Verify this file", "workbench verify FILE")]
    yield Facts(tuple(rows))
    if not speakable(text):
        yield Paragraph(f"{_FILE} stands for a file that holds the text above, as UTF-8.", Tone.SMALL)


def checkpoint_facts(info: CheckpointInfo) -> Iterator[tuple[str, str]]:
    """Which checkpoint it was.

    Args:
        info: Of a result.

    Yields:
        Names and values.
    """
    yield "Checkpoint", info.name
    yield "Fingerprint", info.fingerprint
    if info.revision is not None:
        yield "Revision", info.revision
    yield "Architecture", info.architecture


def _settings(found: Sequence[tuple[str, Attribution]]) -> Table:
    rows = tuple(
        (
            Cell(name),
            Cell(one.unit.value),
            Cell(str(one.seed), value=one.seed),
            Cell(", ".join(f"{key} {value}" for key, value in one.options.items()) or "none"),
            Cell(f"{one.evaluations.asked:,}", value=one.evaluations.asked),
            Cell(f"{one.evaluations.made:,}", value=one.evaluations.made),
            Cell(f"{one.seconds:.1f}", value=one.seconds),
        )
        for name, one in found
    )
    return Table(("Scores of", "Unit", "Seed", "Options", "Asked", "Made", "Seconds"), rows)


def version_facts(versions: Mapping[str, str]) -> Iterator[Facts]:
    """What computed it.

    Args:
        versions: Package to version.

    Yields:
        A block, where there are any.
    """
    if versions:
        yield Facts((("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),))

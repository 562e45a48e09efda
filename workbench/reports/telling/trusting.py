"""Which method to go by: the sentence, agreement, faithfulness, stability, baselines, sanity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.reports.charts import faithfulness_chart
from workbench.reports.document import Block, Cell, Paragraph, Section, Table, Tone
from workbench.reports.telling.wording import figure_text, figure_title, method_title, value_of
from workbench.schema import Agreement, Faithfulness, Figure, Span, Trust

_UNTOLD = "Which method to go by was not assessed."


def sentence(trust: Trust | None) -> tuple[Block, ...]:
    """Which method to go by, and what else to know.

    Args:
        trust: The assessment, where there is one.

    Returns:
        Blocks.
    """
    if trust is None:
        return (Paragraph(_UNTOLD, Tone.SMALL),)
    cautions = (Paragraph(caution, Tone.WARNING) for caution in trust.verdict.cautions)
    return (Paragraph(trust.verdict.sentence, Tone.LEAD), *cautions)


def flipped_of(trust: Trust | None, method: str) -> frozenset[Span]:
    """The units whose sign hangs on the seed.

    Args:
        trust: The assessment, where there is one.
        method: Registered name.

    Returns:
        Their spans.
    """
    entry = next((one for one in trust.stability if one.method == method), None) if trust else None
    return frozenset(entry.flipped) if entry else frozenset()


def faithfulness_note(trust: Trust | None, method: str) -> tuple[str, ...]:
    """The one number of a method.

    Args:
        trust: The assessment, where there is one.
        method: Registered name.

    Returns:
        A phrase, or none.
    """
    entry = next((one for one in trust.faithfulness if one.method == method), None) if trust else None
    value = value_of(entry.figures, "faithfulness") if entry else None
    return () if value is None else (f"faithfulness {value:.2f}",)


def trust_sections(trust: Trust | None) -> Iterator[Section]:
    """What the sentence rests on.

    Args:
        trust: The assessment, where there is one.

    Yields:
        Sections, none without an assessment.
    """
    if trust is None:
        return
    made = trust.evaluations
    if trust.agreement:
        yield Section("Agreement", tuple(_agreement(trust)))
    if trust.faithfulness:
        yield Section("Faithfulness", tuple(_faithfulness(trust)))
    if trust.stability:
        yield Section("Stability over seeds", tuple(_stability(trust)))
    if trust.sanity:
        yield Section("Does it depend on what the model has learned?", tuple(_sanity(trust)))
    if trust.baselines:
        yield Section("Texts that say nothing", tuple(_baselines(trust)))
    spent = (
        f"These checks asked for {made.asked:,} evaluations, of which {made.made:,} were made; the others were known."
    )
    yield Section("What the checks took", (Paragraph(spent, Tone.SMALL),))


def _agreement(trust: Trust) -> Iterator[Block]:
    names = list(dict.fromkeys(name for one in trust.agreement for name in one.methods))
    pairs = {frozenset(one.methods): one for one in trust.agreement}
    yield Paragraph("Rank correlation of each two methods: 1 the same order, 0 none, −1 the reverse.", Tone.SMALL)
    rows = tuple((Cell(method_title(left)), *(_correlation(left, right, pairs) for right in names)) for left in names)
    yield Table(("Method", *map(method_title, names)), rows, matrix=True)
    metrics = list(dict.fromkeys(name for one in trust.agreement for name in one.figures))
    yield Table(
        ("Methods", *map(figure_title, metrics), "Compared"),
        tuple(
            (
                Cell(" and ".join(map(method_title, one.methods))),
                *(_number(one.figures.get(name)) for name in metrics),
                Cell("with signs" if one.signed else "by size, since one has no sign"),
            )
            for one in trust.agreement
        ),
        sortable=True,
    )


def _correlation(left: str, right: str, pairs: Mapping[frozenset[str], Agreement]) -> Cell:
    pair = pairs.get(frozenset((left, right)))
    figure = pair.figures.get("rank_correlation") if pair and left != right else None
    if figure is None or figure.value is None:
        return Cell("" if figure is None else "n/a")
    return Cell(f"{figure.value:.2f}", value=figure.value, strength=figure.value)


def _faithfulness(trust: Trust) -> Iterator[Block]:
    reference = trust.reference
    if reference is not None:
        best = "the best order" if reference.best.proven else "the best order that was found"
        removed = "masked" if reference.removal == "mask" else "deleted"
        yield Paragraph(
            f"The target as units are {removed}, those that a method ranks first before the others, and with these "
            f"alone. It is {reference.full_value:.3f} on the whole text and {reference.empty_value:.3f} with nothing "
            f"left. The band holds 80% of {reference.random.draws} random orders, the dotted line is {best}; on "
            "this scale faithfulness is 0 for a random order and 1 for the best one.",
            Tone.SMALL,
        )
        titles = {one.method: method_title(one.method) for one in trust.faithfulness}
        yield faithfulness_chart(reference, trust.faithfulness, titles)
    metrics = list(dict.fromkeys(name for one in trust.faithfulness for name in one.figures))
    yield Table(
        ("Method", *map(figure_title, metrics), "Better than random"),
        tuple(_faithful_row(one, metrics, trust.verdict.method) for one in trust.faithfulness),
        sortable=True,
    )


def _faithful_row(one: Faithfulness, metrics: list[str], chosen: str | None) -> tuple[Cell, ...]:
    better = {None: "cannot be told", True: "yes", False: "no"}[one.better_than_random]
    head = Cell(method_title(one.method), mark="go by this" if one.method == chosen else None)
    return head, *(_number(one.figures.get(name), bar=name == "faithfulness") for name in metrics), Cell(better)


def _stability(trust: Trust) -> Iterator[Block]:
    metrics = list(dict.fromkeys(name for one in trust.stability for name in one.figures))
    rows = tuple(
        (
            Cell(method_title(one.method)),
            Cell(", ".join(map(str, one.seeds))),
            Cell(f"{len(one.flipped)} of {len(one.units)}", value=len(one.flipped)),
            *(_number(one.figures.get(name)) for name in metrics),
        )
        for one in trust.stability
    )
    yield Table(("Method", "Seeds", "Signs that flip", *map(figure_title, metrics)), rows)
    steady = [one.method for one in trust.faithfulness if all(one.method != other.method for other in trust.stability)]
    if steady:
        yield Paragraph(f"The same for any seed: {', '.join(map(method_title, steady))}.", Tone.SMALL)


def _sanity(trust: Trust) -> Iterator[Block]:
    yield Paragraph(
        "Scores on the same text after weights were shuffled: what stays the same does not explain this prediction.",
        Tone.SMALL,
    )
    metrics = list(dict.fromkeys(name for one in trust.sanity for check in one.checks for name in check.figures))
    said = {None: "cannot be told", True: "blind", False: "sensitive"}
    rows = tuple(
        (
            Cell(method_title(one.method), mark="blind" if one.insensitive else None, doubt=bool(one.insensitive)),
            Cell(said[one.insensitive]),
            Cell(check.depth.replace("-", " ")),
            *(_number(check.figures.get(name)) for name in metrics),
            Cell("unchanged" if check.depth in one.unchanged_by else "changed"),
        )
        for one in trust.sanity
        for check in one.checks
    )
    yield Table(("Method", "Verdict", "Shuffled", *map(figure_title, metrics), "Scores"), rows)


def _baselines(trust: Trust) -> Iterator[Block]:
    metrics = list(dict.fromkeys(name for one in trust.baselines for name in one.figures))
    rows = tuple(
        (
            Cell(one.name, mark=None if one.neutral else "not neutral", doubt=not one.neutral),
            Cell(one.answer.verdict),
            Cell(f"{max(one.answer.probabilities.values()):.2f}", value=max(one.answer.probabilities.values())),
            Cell(f"{one.target_value:.3f}", value=one.target_value),
            *(_number(one.figures.get(name)) for name in metrics),
        )
        for one in trust.baselines
    )
    yield Table(("Text", "Label", "Probability", "Target", *map(figure_title, metrics)), rows)
    for warning in dict.fromkeys(one.warning for one in trust.baselines if one.warning):
        yield Paragraph(warning, Tone.WARNING)


def _number(figure: Figure | None, *, bar: bool = False) -> Cell:
    value = None if figure is None else figure.value
    strength = max(0.0, min(1.0, value)) if bar and value is not None else None
    return Cell(figure_text(figure), value=value, strength=strength, signed=False)

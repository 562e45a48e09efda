"""Explanations added up over a selection of reviews: word by word, in DuckDB.

Scores of different methods, targets or units are never added. Within one, a review counts once for each word, with the
mean of the word's occurrences in it: these are not independent of each other, and a review that repeats a word is no
more evidence than another.
"""

from __future__ import annotations

from workbench.errors import InputError
from workbench.schema import (
    ExplainedKind,
    RowFilter,
    Unit,
    WordMeasure,
    WordQuestion,
    WordScore,
    WordScores,
)
from workbench.triage.dataset import Dataset
from workbench.triage.filtering import Condition, condition
from workbench.triage.grouping import OF_TRUTH, group_of

_PREDICTED = {"predicted": "e.target = r.label", "logit:predicted": "e.target = 'logit:' || r.label"}
_SORTED = {measure: measure.value for measure in WordMeasure} | {WordMeasure.WEIGHT: "magnitude * reviews"}


def explained_kinds(dataset: Dataset) -> tuple[ExplainedKind, ...]:
    """What can be added up.

    Args:
        dataset: The batch.

    Returns:
        One a method, target and unit; of a method those of each review's own predicted label first. None where no
        review was explained.
    """
    if not dataset.see_explanations():
        return ()
    kinds = []
    for target, chosen in _PREDICTED.items():
        kinds += dataset.ask(
            f"SELECT method, '{target}', unit, count(*) FILTER (e.error IS NULL), count(e.error) "
            f"FROM explained e JOIN reviews r ON e.id = r.id WHERE {chosen} GROUP BY ALL ORDER BY ALL"
        )
    kinds += dataset.ask(
        "SELECT method, target, unit, count(*) FILTER (error IS NULL), count(error) FROM explained "
        "WHERE target IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    found = (
        ExplainedKind(method=method, target=target, unit=Unit(unit), reviews=reviews, failed=failed)
        for method, target, unit, reviews, failed in kinds
        if reviews
    )
    return tuple(sorted(found, key=lambda kind: kind.method))


def word_scores(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> WordScores:
    """Add up what words do.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations, and how.

    Returns:
        The part of the words that was asked for.

    Raises:
        InputError: Nothing of that kind was explained.
    """
    check_explained(dataset, question)
    by_word, values = words_of(dataset, chosen, question)
    ordered = f"{_SORTED[question.sort]} {'ASC' if question.ascending else 'DESC'}, word, target, part"
    rows = dataset.ask(
        f"SELECT *, count(*) OVER () FROM ({by_word}) ORDER BY {ordered} LIMIT ? OFFSET ?",
        [*values, question.size, question.start],
    )
    forms = word_forms(dataset, chosen, question, [row[0] for row in rows])
    reviews, unlabelled = _reviews(dataset, chosen, question)
    return WordScores(
        question=question,
        words=tuple(as_score(row[:-1], forms) for row in rows),
        count=rows[0][-1] if rows else 0,
        reviews=reviews,
        notes=_notes(question, unlabelled),
    )


def check_explained(dataset: Dataset, question: WordQuestion) -> None:
    """Refuse a question that the batch has no explanations for.

    Args:
        dataset: The batch.
        question: What is asked.

    Raises:
        InputError: Nothing of that kind was explained.
    """
    kinds = explained_kinds(dataset)
    if not kinds:
        raise InputError("no review of this batch was explained", "explain a selection of it first")
    wanted = question.method, question.target, question.unit
    if wanted not in {(kind.method, kind.target, kind.unit) for kind in kinds}:
        known = ", ".join(f"{kind.method} of {kind.target!r} by {kind.unit}" for kind in kinds[:8])
        raise InputError(
            f"nothing was explained by {question.method} of {question.target!r} by {question.unit}",
            f"choose from {known}, or explain a selection",
        )


def explained_rows(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> Condition:
    """The explanations that a question is about.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations.

    Returns:
        A query for ``id``, ``target``, ``part`` (the group; null where it is not known), ``predicted``, ``truth``,
        ``units`` and ``scores``; and the values of its ``?``.
    """
    where, values = condition(chosen, dataset.manifest.options.extra_columns)
    part, part_values = group_of(dataset.manifest, question.groups)
    own = _PREDICTED.get(question.target)
    query = f"""
        SELECT e.id, e.target, r.part, r.predicted, r.truth, e.units, e.scores FROM explained e
        JOIN (SELECT id, label, predicted, truth, {part} AS part FROM reviews WHERE {where}) r ON e.id = r.id
        WHERE e.method = ? AND e.unit = ? AND e.error IS NULL AND {own or "e.target = ?"}
    """
    return query, [
        *part_values,
        *values,
        question.method,
        question.unit.value,
        *([] if own else [question.target]),
    ]


def by_review(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> Condition:
    """What each word does in each review.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations.

    Returns:
        A query for ``word``, ``target``, ``part``, ``predicted``, ``truth``, ``id``, ``times``, ``score`` and
        ``magnitude`` (both by occurrence); and the values of its ``?``.
    """
    rows, values = explained_rows(dataset, chosen, question)
    searched = "WHERE contains(word, lower(?))" if question.search else ""
    query = f"""
        SELECT word, target, part, predicted, truth, id,
               count(*) AS times, avg(score) AS score, avg(abs(score)) AS magnitude
        FROM (
            SELECT {_folded(question.unit)} AS word, target, part, predicted, truth, id, score
            FROM (SELECT * EXCLUDE (units, scores), unnest(units) AS piece, unnest(scores) AS score FROM ({rows})
                  WHERE part IS NOT NULL)
        ) {searched} GROUP BY ALL
    """
    return query, [*values, *([question.search] if question.search else [])]


def words_of(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> Condition:
    """What each word does over the reviews.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations.

    Returns:
        A query for what ``as_score`` takes, and the values of its ``?``.
    """
    reviews, values = by_review(dataset, chosen, question)
    query = f"""
        SELECT word, target, part, count(*) AS reviews, CAST(sum(times) AS BIGINT) AS occurrences, avg(score) AS mean,
               stddev_samp(score) / sqrt(count(*)) AS error, sum(score * times) AS total, avg(magnitude) AS magnitude,
               avg(CASE WHEN score > 0 THEN 1.0 ELSE 0.0 END) AS positive
        FROM ({reviews}) GROUP BY word, target, part HAVING count(*) >= ?
    """
    return query, [*values, question.least_reviews]


def as_score(row: tuple[object, ...], forms: dict[str, str]) -> WordScore:
    """A row of ``words_of`` as a result.

    Args:
        row: Its columns.
        forms: From ``word_forms``.

    Returns:
        The word.
    """
    names = ["word", "target", "group", "reviews", "occurrences", "mean", "error", "total", "magnitude", "positive"]
    return WordScore.model_validate(dict(zip(names, row, strict=True)) | {"form": forms[str(row[0])]})


def word_forms(dataset: Dataset, chosen: RowFilter, question: WordQuestion, words: list[str]) -> dict[str, str]:
    """How words are most often written; of forms as frequent, the first in the alphabet.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations.
        words: In lower case.

    Returns:
        Word to form.
    """
    rows, values = explained_rows(dataset, chosen, question)
    return dict(
        dataset.ask(
            f"""
            SELECT DISTINCT ON (word) word, piece FROM (
                SELECT {_folded(question.unit)} AS word, trim(piece) AS piece, count(*) AS times
                FROM (SELECT unnest(units) AS piece FROM ({rows}))
                SEMI JOIN (SELECT unnest(CAST(? AS VARCHAR[])) AS wanted) ON {_folded(question.unit)} = wanted
                GROUP BY ALL
            ) ORDER BY word, times DESC, piece
            """,
            [*values, sorted(set(words))],
        )
    )


def _folded(unit: Unit) -> str:
    """A piece of text in lower case; only longer ones have white space inside."""
    return r"lower(trim(regexp_replace(piece, '\s+', ' ', 'g')))" if unit is Unit.SENTENCE else "lower(trim(piece))"


def _reviews(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> tuple[dict[str, int], int]:
    """Explained reviews by group, and those of none."""
    rows, values = explained_rows(dataset, chosen, question)
    found = dict(dataset.ask(f"SELECT part, count(*) FROM ({rows}) GROUP BY part ORDER BY part", values))
    unlabelled = found.pop(None, 0)
    return found, unlabelled


def _notes(question: WordQuestion, unlabelled: int) -> tuple[str, ...]:
    notes = []
    if question.target in _PREDICTED:
        notes.append("each review is explained for its own predicted label, so words are added up label by label")
    if question.groups in OF_TRUTH and unlabelled:
        notes.append(f"{unlabelled:,} explained reviews without a right label are left out")
    return tuple(notes)

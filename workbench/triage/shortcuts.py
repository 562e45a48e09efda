"""Words that look like shortcuts: the model relies on them, and they go with a label more than the labels warrant.

What a word does is seen where it is removed (``probing``); here are words worth that test.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.schema import Candidate, RowFilter, WordQuestion
from workbench.triage.association import SURE, log_odds
from workbench.triage.dataset import Dataset
from workbench.triage.words import by_review, check_explained, word_forms

LEAST_REVIEWS = 10
# The list of common words has some that turn or strengthen what is said.
_TELLING = {"no", "nor", "not", "never", "nothing", "none", "nobody", "cannot", "without", "against", "serious"}
_TELLING |= {"well", "least", "most", "more", "less", "too", "very", "enough", "only", "few", "many", "much"}
Floats = npt.NDArray[np.float64]


def shortcut_candidates(
    dataset: Dataset, chosen: RowFilter, question: WordQuestion, *, least_reviews: int = LEAST_REVIEWS, most: int = 50
) -> tuple[Candidate, ...]:
    """Words worth testing.

    A candidate goes with a predicted label (z of its log odds of at least 1.96; see ``log_odds``) and, where that label
    is what is explained, pushes towards it. Candidates are sorted by the mean size of their scores times z; where there
    are right labels, times the part of z that these do not have: a word of opinion goes with the right label as surely.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        question: Which explanations; its groups, order and part are not used.
        least_reviews: Words of fewer are left out.
        most: How many to give back.

    Returns:
        The most suspicious first. None of them is a shortcut for that alone.

    Raises:
        InputError: Nothing of that kind was explained.
    """
    check_explained(dataset, question)
    labels = dataset.manifest.checkpoint.labels
    counts = _Counts(dataset, chosen, question, len(labels), least_reviews)
    towards = question.target == "predicted"
    found: list[tuple[float, dict[str, Any]]] = []
    for at, word in enumerate(counts.words):
        label = int(np.argmax(counts.z[at]))
        if counts.z[at, label] < SURE or (towards and counts.mean[at, label] <= 0):
            continue
        fields = counts.of(at, label) | {"word": word, "label": labels[label], "plain": _plain(word)}
        found.append((-fields["suspicion"], fields))
    best = [fields for _, fields in sorted(found, key=lambda one: (one[0], one[1]["word"]))][:most]
    forms = word_forms(dataset, chosen, question, [fields["word"] for fields in best])
    return tuple(Candidate(form=forms[fields["word"]], **fields) for fields in best)


class _Counts:
    """How often words stand in reviews of each label, and what they do there.

    Attributes:
        words: Of enough reviews.
        z: Of the predicted labels, shape (words, labels).
        mean: Scores in reviews predicted so, likewise.
    """

    def __init__(
        self, dataset: Dataset, chosen: RowFilter, question: WordQuestion, labels: int, least_reviews: int
    ) -> None:
        reviews, values = by_review(dataset, chosen, question)
        table = dataset.table(
            "SELECT word, predicted, truth, count(*) AS reviews, sum(score) AS score, sum(magnitude) AS size "
            f"FROM ({reviews}) GROUP BY ALL",
            values,
        )
        coded = table["word"].combine_chunks().dictionary_encode()
        words = coded.dictionary.to_pylist()
        number = coded.indices.to_numpy()
        predicted, count, score, size = (table[name].to_numpy() for name in ("predicted", "reviews", "score", "size"))
        known = table["truth"].is_valid().to_numpy()
        truth = table["truth"].fill_null(0).to_numpy()

        def added(label: npt.NDArray[np.int64], amounts: Floats) -> Floats:
            """Amounts by word and label."""
            flat = np.bincount(number * labels + label, amounts, len(words) * labels)
            return flat.reshape(len(words), labels).astype(np.float64)

        self._predicted, scores, sizes = (added(predicted, one) for one in (count, score, size))
        self._labelled, self._truth = added(predicted, count * known), added(truth, count * known)
        # Rare words take part, as they say what the label's other words are.
        self.z = log_odds(self._predicted)
        self._truth_z = log_odds(self._truth)
        self._labelled_z = log_odds(self._labelled)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.mean, self._size = (np.nan_to_num(one / self._predicted) for one in (scores, sizes))
        self._keep(words, self._predicted.sum(axis=1) >= least_reviews)

    def _keep(self, words: list[str], often: npt.NDArray[np.bool_]) -> None:
        self.words = [word for word, stays in zip(words, often, strict=True) if stays]
        for name in ("_predicted", "_labelled", "_truth", "z", "_truth_z", "_labelled_z", "mean", "_size"):
            setattr(self, name, getattr(self, name)[often])

    def of(self, at: int, label: int) -> dict[str, Any]:
        """What a candidate says of a word and label."""
        reviews, labelled = self._predicted[at].sum(), self._labelled[at].sum()
        excess = self.z[at, label]
        if labelled:
            excess = self._labelled_z[at, label] - max(0.0, self._truth_z[at, label])
        return {
            "reviews": int(reviews),
            "predicted": float(self._predicted[at, label] / reviews),
            "truth": float(self._truth[at, label] / labelled) if labelled else None,
            "z": float(self.z[at, label]),
            "truth_z": float(self._truth_z[at, label]) if labelled else None,
            "mean": float(self.mean[at, label]),
            "magnitude": float(self._size[at, label]),
            "suspicion": float(self._size[at, label] * excess),
        }


def _plain(word: str) -> bool:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    letters = "".join(sign for sign in word if sign.isalpha())
    return not letters or (letters in ENGLISH_STOP_WORDS and letters not in _TELLING)

"""Which words go with the disagreement of checkpoints on a file, for every two of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.schema import Difference, FileComparison
from workbench.services.common_target import Places
from workbench.services.comparing_words import most_disagreeing, words_of
from workbench.services.differing import explain_difference, summable_targets

METHOD = "occlusion"  # quick enough for many reviews


def explain_disagreement(
    comparison: FileComparison,
    checkpoints: Sequence[Checkpoint],
    reviews: int,
    *,
    scales: Mapping[str, Places] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FileComparison:
    """Explain why each two checkpoints differ, on the reviews on which they differ most, and add up the words.

    Args:
        comparison: On the file.
        checkpoints: Those of it, in its order.
        reviews: At most so many of each two.
        scales: As ``compare_file`` had them.
        progress: Called with reviews explained and all.
        cancelled: Asked between batches; true stops, and what is explained by then is kept.

    Returns:
        The comparison with its words, by occlusion; two that have no label in common, or do not disagree, have none.
    """
    asked = {
        place: (targets[0], texts)
        for place, pair in enumerate(comparison.pairs)
        if (targets := summable_targets(comparison, pair)) and (texts := most_disagreeing(comparison, pair, reviews))
    }
    whole, found = sum(len(texts) for _, texts in asked.values()), dict[int, list[Difference]]()

    def explain(place: int, target: str, text: str) -> None:
        pair = comparison.pairs[place]
        own = {name: places for name, places in (scales or {}).items() if name in comparison.names(pair)}
        both = checkpoints[pair.first], checkpoints[pair.second]
        found.setdefault(place, []).append(
            explain_difference(
                both, text, target=target, method=METHOD, seed=comparison.seed, scales=own, cancelled=cancelled
            )
        )
        if progress:
            progress(sum(map(len, found.values())), whole)

    try:
        for place, (target, texts) in asked.items():
            for text in texts:
                explain(place, target, text)
    except Cancelled:
        pass
    words = (words_of(place, asked[place][0], ones, len(asked[place][1])) for place, ones in found.items())
    return comparison.model_copy(update={"words": tuple(words)})

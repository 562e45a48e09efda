"""Searches for what would change a rating, in the background: in a long review they take minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.schema import Flip, Prediction, Replacement
from workbench.ui.background import Background

Found = Flip | tuple[Replacement, ...] | None
SMALLEST, REPLACED = "smallest", "replaced"
_SERVICES: Mapping[str, Callable[..., Found]] = {
    SMALLEST: services.smallest_removal,
    REPLACED: services.word_replacements,
}


class Search(Background):
    """One search.

    Attributes:
        found: What it found, once it has ended without a fault; none or nothing where there is no such change.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: Found = None


@dataclass
class Searches:
    """Those of one review.

    Attributes:
        review: Which one.
        each: Kind to search, in the order in which they were asked for.
    """

    review: str = ""
    each: dict[str, Search] = field(default_factory=dict)

    def of(self, review: str) -> dict[str, Search]:
        """The searches of a review; those of another one are stopped and forgotten.

        Args:
            review: Which one.

        Returns:
            Kind to search.
        """
        if review != self.review:
            for search in self.each.values():
                search.cancel()
            self.review, self.each = review, {}
        return self.each

    def start(self, review: str, kind: str, checkpoint: Checkpoint, prediction: Prediction) -> None:
        """Begin a search; one that is under way goes on, and one that failed or was stopped begins anew.

        Args:
            review: Of which review.
            kind: ``SMALLEST`` or ``REPLACED``.
            checkpoint: The model.
            prediction: Of the review.
        """
        known = self.of(review).pop(kind, None)
        if known is not None and known.fault is None:
            self.each[kind] = known
            return
        self.each[kind] = search = Search()

        def work() -> None:
            search.found = _SERVICES[kind](checkpoint, prediction, progress=search.progress, cancelled=search.stopping)

        search.run(work)

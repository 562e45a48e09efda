"""What would change the predicted label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.checkpoints import Checkpoint
from workbench.explainers import unit_spans
from workbench.pipeline import parse_target
from workbench.schema import Flip, Prediction, Replacement, Unit
from workbench.scoring import scorer_of
from workbench.trust import Game, Removal, replacements, smallest_flip


def smallest_removal(
    checkpoint: Checkpoint,
    prediction: Prediction,
    *,
    unit: Unit = Unit.WORD,
    removal: str = "delete",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Flip | None:
    """The smallest set of units whose removal changes the predicted label.

    Args:
        checkpoint: The model.
        prediction: Of the whole text.
        unit: What is removed.
        removal: ``delete`` or ``mask``.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        The set with the new answer, or none where none was found.
    """
    return smallest_flip(_game(checkpoint, prediction, unit, removal, progress, cancelled))


def word_replacements(
    checkpoint: Checkpoint,
    prediction: Prediction,
    *,
    words: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Replacement, ...]:
    """Single words whose replacement changes the predicted label.

    Args:
        checkpoint: The model.
        prediction: Of the whole text.
        words: What may be put in; by default the frequent words of the checkpoint's vocabulary.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        The most decisive first, each with the new answer.
    """
    return replacements(_game(checkpoint, prediction, Unit.WORD, "delete", progress, cancelled), words=words)


def _game(
    checkpoint: Checkpoint,
    prediction: Prediction,
    unit: Unit,
    removal: str,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Game:
    run = scorer_of(checkpoint).start(progress=progress, cancelled=cancelled)
    target = parse_target("predicted", prediction)
    return Game(run, prediction, unit_spans(prediction, unit), target, Removal(removal))

"""Why two checkpoints differ on one text, without an explanation of each by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS, DifferenceTask, able_methods, shared_reading
from workbench.pipeline import classify, target_values
from workbench.schema import Difference, Distance, FileComparison, PairOnFile, Unit
from workbench.scoring import scorer_of
from workbench.services.common_target import Places, common_targets, scales_for
from workbench.services.methods import choose_methods, make_options


def explain_difference(
    checkpoints: tuple[Checkpoint, Checkpoint],
    text: str,
    *,
    target: str,
    method: str = "occlusion",
    seed: int = 0,
    budget: int | None = None,
    scales: Mapping[str, Places] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Difference:
    """Explain why two checkpoints differ on a text, word by word.

    Args:
        checkpoints: The first and the second.
        text: The text.
        target: One that both have in the same meaning: ``expected``, ``scale``, or a label that both have.
        method: Registered name of a method that asks for evaluations of texts alone.
        seed: Of whatever is random.
        budget: Evaluations, where the method has a budget.
        scales: Name of a checkpoint to where its labels stand; by default what the names of the labels say.
        cancelled: Asked between batches; true stops.

    Returns:
        Scores above zero push the first above the second.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    if not METHODS[method].asks_texts_only:
        raise InputError(f"{method} does not explain a difference", f"choose one of {able_methods()}")
    for checkpoint in checkpoints:
        choose_methods(checkpoint, [method])
    said = [classify(checkpoint, text) for checkpoint in checkpoints]
    targets = common_targets(said, scales_for(checkpoints, scales), target).targets
    runs = [scorer_of(checkpoint).start(cancelled=cancelled) for checkpoint in checkpoints]
    task = DifferenceTask(
        prediction=shared_reading(said[0], said[1], Unit.WORD),
        target=targets[0],
        unit=Unit.WORD,
        seed=seed,
        run=runs[0],
        second_target=targets[1],
        second_run=runs[1],
    )
    found = METHODS[method].explain_difference(task, make_options(method, budget=budget))
    if said[0].read_text == said[1].read_text:
        return found
    first, second = (
        float(target_values(checkpoint, wanted, [one.logits])[0])
        for checkpoint, wanted, one in zip(checkpoints, targets, said, strict=True)
    )
    return found.model_copy(update={"beyond": first - second - found.full_value})


def summable_targets(comparison: FileComparison, pair: PairOnFile) -> tuple[str, ...]:
    """What can be explained of two checkpoints on every row of a file, so that scores of rows can be added up.

    Args:
        comparison: On the file.
        pair: One of its pairs.

    Returns:
        ``expected`` where both rate in the same stars, else ``scale`` where both have one, else the labels that both
        have; nothing where they have none in common.
    """
    if pair.distance is Distance.STARS:
        return ("expected",)
    if pair.distance is Distance.SCALE:
        return ("scale",)
    labels: list[Sequence[str]] = [comparison.checkpoints[one].checkpoint.labels for one in (pair.first, pair.second)]
    return tuple(label for label in labels[0] if label in labels[1])

"""Groups of reviews in SQL: by their labels, and by the kind of error."""

from __future__ import annotations

from workbench.schema import BatchManifest, WordGroups
from workbench.triage.filtering import Condition

OF_TRUTH = {WordGroups.TRUTH, WordGroups.ERROR, WordGroups.PAIR}


def group_of(manifest: BatchManifest, groups: WordGroups) -> Condition:
    """The group of a row of the view ``reviews``.

    Args:
        manifest: Of the batch.
        groups: What is told apart.

    Returns:
        SQL for its name, null where it takes a right label and there is none; and the values of its ``?``.
    """
    labels = list(manifest.checkpoint.labels)
    truth: Condition = ("list_extract(CAST(? AS VARCHAR[]), truth + 1)", [labels])
    if groups is WordGroups.NONE:
        return "''", []
    if groups is WordGroups.PREDICTED:
        return "label", []
    if groups is WordGroups.TRUTH:
        return truth
    if groups is WordGroups.PAIR:
        return f"{truth[0]} || ' → ' || label", truth[1]
    ranks = _ranks(manifest)
    if ranks is None:
        return "CASE WHEN is_right THEN 'right' WHEN NOT is_right THEN 'wrong' END", []
    rank = "list_extract(CAST(? AS BIGINT[]), {} + 1)"
    return (
        f"CASE WHEN truth IS NULL THEN NULL WHEN is_right THEN 'right' "
        f"WHEN abs({rank.format('predicted')} - {rank.format('truth')}) = 1 THEN 'wrong by one' "
        "ELSE 'wrong by more' END",
        [ranks, ranks],
    )


def _ranks(manifest: BatchManifest) -> list[int] | None:
    """Where each label stands among all, in stars where they are stars; none where they have no order."""
    if manifest.ratings is not None:
        return list(manifest.ratings)
    if manifest.places is None:
        return None
    return [sorted(set(manifest.places)).index(place) for place in manifest.places]

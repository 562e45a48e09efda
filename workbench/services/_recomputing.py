"""A result again, from what its report says it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, CheckpointError, IncompatibleError, InputError, MissingExtraError, TargetError
from workbench.explainers import METHODS
from workbench.pipeline import classify, find_entities
from workbench.reports import COMPARISON_SCHEMA
from workbench.reports.entities_json import ENTITIES_SCHEMA
from workbench.reports.explanation_json import damage, explanation_document
from workbench.reports.file_comparison import FILE_SCHEMA, file_document, read_file_document
from workbench.reports.runs_json import result_document
from workbench.schema import CheckpointInfo, Comparison, EntityReport, Explanation, Report, Target, Trust, Unit
from workbench.services._deviating import Comparing
from workbench.services._recomputing_file import compared_again
from workbench.services.assessing import assess, with_spreads
from workbench.services.common_target import common_targets, scales_for
from workbench.services.comparing import compare
from workbench.services.explaining import explain_one
from workbench.services.finding import explain_entity_one
from workbench.services.methods import make_options
from workbench.services.running import MethodProgress, named

Said = Mapping[str, Any]
Have = Callable[[CheckpointInfo], Checkpoint]


class _Asked(BaseModel):
    """What an explanation says it was asked; the rest is its answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    method: str
    target: Target
    unit: Unit
    seed: int
    options: dict[str, Any]


def infos_of(said: Said) -> list[CheckpointInfo]:
    """The checkpoints that a result names.

    Args:
        said: Its document.

    Returns:
        One, or with a comparison several.

    Raises:
        InputError: It is damaged.
    """
    with damage("report", "the workbench"):
        sides = said["checkpoints"] if said["schema"] in {COMPARISON_SCHEMA, FILE_SCHEMA} else [said]
        return [CheckpointInfo.model_validate(one["checkpoint"]) for one in sides]


def recomputed(
    said: Said,
    have: Have,
    *,
    tolerance: float,
    trust: bool,
    progress: MethodProgress | None,
    file: Path | None = None,
) -> Said:
    """A result again.

    Args:
        said: Its document.
        have: Gives the checkpoint that the report names.
        tolerance: How far recorded scores may lie from the recomputed ones to be judged in their place.
        trust: Judge the methods again, where the report does.
        progress: Called with the part, evaluations done and expected.
        file: That a comparison on a file was made on, where it is to be read again.

    Returns:
        A document of the same schema.

    Raises:
        InputError: The report is damaged, or asks for what there is not.
        CheckpointError: What it asks for cannot be had here.
    """
    checkpoints = [have(info) for info in infos_of(said)]
    with _answerable(said), damage("report", "the workbench"):
        if said["schema"] == FILE_SCHEMA:
            step = progress and named(progress, "compare")
            return file_document(compared_again(read_file_document(said), checkpoints, file, step))
        if said["schema"] == COMPARISON_SCHEMA:
            return result_document(_comparison(said, checkpoints, progress))
        if said["schema"] == ENTITIES_SCHEMA:
            return result_document(_entities(said, checkpoints[0], progress))
        return result_document(_report(said, checkpoints[0], tolerance, trust, progress))


def _report(
    said: Said, checkpoint: Checkpoint, tolerance: float, trust: bool, progress: MethodProgress | None
) -> Report:
    prediction = classify(checkpoint, said["text"], windows=bool(said["prediction"]["windows"]))
    found = []
    for one in said["explanations"]:
        asked = _asked(one)
        found.append(
            explain_one(
                checkpoint,
                prediction,
                asked.method,
                target=asked.target,
                unit=asked.unit,
                seed=asked.seed,
                options=make_options(asked.method, asked.options),
                progress=progress and named(progress, asked.method),
            )
        )
    judged = None
    if trust and said["trust"]:
        # Ranks and signs hang on the last digits of a score: the recorded ones are judged where they are right.
        basis = [_as_recorded(one, own, tolerance) for one, own in zip(said["explanations"], found, strict=True)]
        judged = assess(
            checkpoint,
            prediction,
            basis,
            seed=basis[0].seed if basis else 0,
            parts=_parts(said["trust"]),
            removal=(said["trust"].get("reference") or {}).get("removal", "mask"),
            progress=progress,
        )
        found = with_spreads(found, judged)
    return Report(prediction=prediction, explanations=tuple(found), trust=judged)


def _entities(said: Said, checkpoint: Checkpoint, progress: MethodProgress | None) -> EntityReport:
    (one,) = said["predictions"]
    prediction = find_entities(
        checkpoint, one["text"], strategy=said["strategy"], scheme=said["scheme"], windows=bool(one["windows"])
    )
    if "explained" not in said:
        return EntityReport(prediction=prediction)
    entity, found = said["explained"]["entity"], []
    for given in said["explained"]["explanations"]:
        asked = _asked(given)
        found.append(
            explain_entity_one(
                checkpoint,
                prediction,
                entity,
                asked.method,
                unit=asked.unit,
                seed=asked.seed,
                options=make_options(asked.method, asked.options),
                progress=progress and named(progress, asked.method),
            )
        )
    return EntityReport(prediction=prediction, entity=entity, explanations=tuple(found))


def _asked(one: Said) -> _Asked:
    asked = _Asked.model_validate(one)
    if asked.method not in METHODS:
        raise InputError(f"this workbench has no method {asked.method!r}", "verify it with the version that wrote it")
    return asked


def _as_recorded(one: Said, own: Explanation, tolerance: float) -> Explanation:
    """The recomputed explanation with the recorded scores, or as it is where those are others."""
    left_out = ("seconds", "evaluations.made", "provenance", "units.*.spread")
    check = Comparing(tolerance, left_out)
    check.results(one, explanation_document(own))
    if check.deviations:
        return own
    pairs = zip(own.units, one["units"], strict=True)
    units = tuple(unit.model_copy(update={"score": float(given["score"])}) for unit, given in pairs)
    return own.model_copy(update={"units": units})


def _parts(trust: Said) -> list[str]:
    """Those parts of an assessment that a report has."""
    there = {"faithfulness": trust["reference"], **{name: trust[name] for name in Trust.model_fields if name in trust}}
    return [name for name in ("agreement", "faithfulness", "stability", "baselines", "sanity") if there[name]]


def _comparison(said: Said, checkpoints: Sequence[Checkpoint], progress: MethodProgress | None) -> Comparison:
    sides = said["checkpoints"]
    asked = [_asked(side["explanation"]) for side in sides]
    given = {side["checkpoint"]["name"]: side["scale"] for side in sides if side["scale"] is not None}
    return compare(
        checkpoints,
        said["text"],
        method=asked[0].method,
        target=_question(said, checkpoints, [one.target for one in asked], given),
        unit=asked[0].unit.value,
        seed=asked[0].seed,
        options=asked[0].options,
        scales=given,
        differences=said["note"] is not None or any(pair["difference"] for pair in said["pairs"]),
        progress=progress,
    )


def _question(
    said: Said, checkpoints: Sequence[Checkpoint], targets: Sequence[Target], given: Mapping[str, Mapping[str, float]]
) -> str | None:
    """What was asked of all checkpoints, so that each has its recorded target: targets are written one by one."""
    predictions = [classify(checkpoint, said["text"]) for checkpoint in checkpoints]
    places = scales_for(checkpoints, given)
    first = "scale" if targets[0].kind == "scale" else str(targets[0])
    for wanted in (None, "predicted", first):
        try:
            question = common_targets(predictions, places, wanted)
        except TargetError:
            continue
        if list(question.targets) == list(targets) and (question.note is None) is said["comparable"]:
            return wanted
    # Of no question all of these are answers: what differs is found when the first one's is asked.
    return first


@contextmanager
def _answerable(said: Said) -> Iterator[None]:
    """Say of what cannot be recomputed that it is the report that asks for it."""
    written = said.get("provenance")
    version = written.get("workbench") if isinstance(written, Mapping) else None
    remedy = f"verify it with the version that wrote it ({version or 'unknown'})"
    try:
        yield
    except MissingExtraError as error:
        raise IncompatibleError(error.what, error.remedy) from None
    except (InputError, CheckpointError) as error:
        raise type(error)(f"the report cannot be recomputed: {error.what}", error.remedy or remedy) from None
    except Cancelled:
        raise
    except (ArithmeticError, IndexError, RuntimeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise InputError(f"the report cannot be recomputed ({reason})", remedy) from None

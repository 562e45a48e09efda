"""Explanations as JSON, schema ``workbench.explanation/1``: nothing is lost, and it can be read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.reports.prediction_json import REST, read_prediction, whole_prediction_document
from workbench.schema import CheckpointInfo, Explanation, Report, Trust

EXPLANATION_SCHEMA = "workbench.explanation/1"


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values.

    Args:
        report: What to write.

    Returns:
        A dictionary of schema ``workbench.explanation/1``.
    """
    prediction = report.prediction
    return {
        "schema": EXPLANATION_SCHEMA,
        "text": prediction.text,
        "checkpoint": prediction.checkpoint.model_dump(mode="json"),
        "prediction": whole_prediction_document(prediction),
        "explanations": [explanation_document(explanation) for explanation in report.explanations],
        # Empty where the methods were not assessed; docs/trust.md describes the keys.
        "trust": report.trust.model_dump(mode="json") if report.trust else {},
        "provenance": report.provenance,
    }


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON values, without what stands elsewhere in the document.

    Args:
        explanation: What to write.

    Returns:
        One of the part ``explanations`` of the schema.
    """
    whole = explanation.model_dump(mode="json", exclude={"text", "checkpoint", "target"})
    target = explanation.target.model_dump(mode="json", exclude_none=True)
    return {"method": whole.pop("method"), "target": target} | whole


def read_explanations(document: Mapping[str, Any]) -> Report:
    """The report that a document holds.

    Args:
        document: From ``document``, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, or contradicts itself.
    """
    with damage("explanation", "explain"):
        info = CheckpointInfo.model_validate(document["checkpoint"])
        text = document["text"]
        return Report(
            prediction=read_prediction(document["prediction"], text, info),
            explanations=tuple(read_explanation(one, text, info) for one in document["explanations"]),
            trust=read_trust(document),
            provenance=document["provenance"],
        )


def read_explanation(one: Mapping[str, Any], text: str, info: CheckpointInfo) -> Explanation:
    """One of the explanations that a document holds.

    Args:
        one: From ``explanation_document``; its provenance may be missing.
        text: What was explained.
        info: Of which checkpoint.

    Returns:
        The same again.
    """
    return Explanation.model_validate({**one, "text": text, "checkpoint": info})


def read_trust(document: Mapping[str, Any]) -> Trust | None:
    """The judgement of the methods that a document holds, if any.

    Args:
        document: See ``document``.

    Returns:
        The same again.
    """
    return Trust.model_validate(document["trust"]) if document["trust"] else None


def without_rest(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document in the form that reports had before they could be read back.

    Args:
        document: From ``document``.

    Returns:
        The same without tokens, inputs, activation, token limit, and versions of each explanation.
    """
    said = document["prediction"]
    windows = [_leaving_out(window, (*REST, "unread_from")) for window in said["windows"]]
    return {
        **document,
        "prediction": _leaving_out(said, REST) | {"windows": windows},
        "explanations": [_leaving_out(one, ("provenance",)) for one in document["explanations"]],
    }


def is_older(document: Mapping[str, Any]) -> bool:
    """Whether a document has the form that reports had before they could be read back.

    Args:
        document: The JSON of a file.

    Returns:
        True where all keys are missing that were added, and not only some.
    """
    with damage("explanation", "explain"):
        return bool(document["schema"] == EXPLANATION_SCHEMA and without_rest(document) == document)


@contextmanager
def damage(kind: str, command: str) -> Iterator[None]:
    """Turn what reading a damaged document raises into one line.

    Args:
        kind: What it should be.
        command: What writes such.

    Yields:
        Once.

    Raises:
        InputError: Something was missing, of another kind, or contradictory.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise InputError(f"the {kind} is damaged ({reason[:200]})", f"write it again with {command}") from None
    except KeyError as error:
        raise InputError(
            f"the {kind} is damaged ({str(error)[:100]} is missing)", f"write it again with {command}"
        ) from None
    except (TypeError, AttributeError, ValueError) as error:
        raise InputError(f"the {kind} is damaged ({str(error)[:200]})", f"write it again with {command}") from None


def _leaving_out(said: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}

"""``workbench predict`` and ``workbench explain``."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.common import (
    SEED,
    Number,
    budget_option,
    checkpoint_option,
    load,
    read_settings,
    read_text,
    settings_option,
    windows_option,
)
from workbench.cli.keeping import keep, private_option, say
from workbench.cli.output import Meter, emit, printable, table
from workbench.errors import InputError
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.schema import Prediction, Report, Trust


@click.command()
@click.argument("texts", metavar="[TEXT ...]", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="Texts from csv, tsv, jsonl, parquet or txt.")
@click.option(
    "--text-column", "columns", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@checkpoint_option()
@click.option("--stages", is_flag=True, help="Show tokens, ids, masks, logits and probabilities.")
@click.option("--normalise", is_flag=True, help="Fold runs of white space before the tokenizer sees them.")
@windows_option()
@click.option(
    "--threshold",
    type=Number(0, 1),
    default=0.0,
    metavar="P",
    help="Mark predictions less confident than this.",
)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def predict(
    texts: tuple[str, ...],
    file: Path | None,
    columns: tuple[str, ...],
    checkpoint: str,
    stages: bool,
    normalise: bool,
    windows: bool,
    threshold: float,
    form: str,
) -> None:
    """Run the three-stage pipeline on one text or many ("-" reads standard input).

    \b
    Example:
      workbench predict "I really loved that movie" --checkpoint stars --stages
    """
    from workbench.pipeline import classify_many
    from workbench.tables import read_rows

    wanted = [read_text(text) for text in texts]
    if file is not None:
        wanted += [row.text for row in read_rows(file, text=columns)]
    if not wanted:
        raise InputError("there is no text to predict", "give a text, - for standard input, or --file")
    loaded = load(checkpoint)
    meter, predictions = Meter(), []
    for start in range(0, len(wanted), 256):
        predictions += classify_many(loaded, wanted[start : start + 256], normalise=normalise, windows=windows)
        meter("predict", len(predictions), len(wanted))
    meter.close()
    writers = {"table": _predict_table, "json": _predict_json, "csv": _predict_csv}
    emit(writers[form](predictions, stages, threshold))


@click.command()
@click.argument("text", metavar="TEXT")
@checkpoint_option()
@click.option(
    "--method", "methods", multiple=True, metavar="M", help="shap, lime, attention-rollout, ... or all; repeatable."
)
@click.option(
    "--target",
    default="predicted",
    show_default=True,
    metavar="T",
    help="predicted, LABEL, logit:LABEL, expected, scale, 'LABEL - LABEL'.",
)
@click.option("--unit", default="word", show_default=True, metavar="U", help="word, token or sentence.")
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S", help="Of what is drawn at random.")
@budget_option()
@settings_option()
@click.option(
    "--trust/--no-trust",
    default=None,
    help="Assess the methods themselves: agreement, faithfulness, stability, baselines, sanity. On with --method all.",
)
@windows_option()
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="F", help="Write a report; the suffix picks the format."
)
@click.option("--attention", is_flag=True, help="Add BertViz heads to an HTML report, to look into with the mouse.")
@private_option()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def explain(
    text: str,
    checkpoint: str,
    methods: tuple[str, ...],
    target: str,
    unit: str,
    seed: int,
    budget: int | None,
    settings: tuple[str, ...],
    trust: bool | None,
    windows: bool,
    output: Path | None,
    attention: bool,
    private: bool,
    form: str,
) -> None:
    """Explain the prediction on one text ("-" reads standard input).

    \b
    Example:
      workbench explain "The room was clean but the staff ignored us." --method shap --method lime --format json
    """
    from workbench import services
    from workbench.reports.explanation_json import document

    body, options = read_text(text), read_settings(settings)
    _check_output(output, attention)
    services.parse_unit(unit)
    loaded, meter, start = load(checkpoint), Meter(), time.perf_counter()
    report = services.explain(
        loaded,
        body,
        methods or services.DEFAULT_METHODS,
        target=target,
        unit=unit,
        seed=seed,
        budget=budget,
        options=options,
        trust="all" in methods if trust is None else trust,
        windows=windows,
        progress=meter,
    )
    meter.close()
    lines = keep(report, time.perf_counter() - start, private=private)
    # Before the report is written: where that fails, the history still has the run.
    say(*lines)
    if output is not None:
        views = [services.attention_view(loaded, report.prediction)] if attention else []
        services.save_report(report, output, views)
    emit(json.dumps(document(report), ensure_ascii=False, indent=2) + "\n" if form == "json" else explain_table(report))


def _check_output(output: Path | None, attention: bool) -> None:
    """Refuse before the work what could not be written after it."""
    from workbench import services
    from workbench.reports import FORMATS

    if output is not None:
        services.check_report_file(output)
    if attention and (output is None or not FORMATS[output.suffix.lower()].shows_views):
        fitting = " or ".join(suffix for suffix in FORMATS if FORMATS[suffix].shows_views)
        raise InputError("--attention goes into a report that shows it", f"give --output a name that ends in {fitting}")


def _predict_table(predictions: list[Prediction], stages: bool, threshold: float) -> str:
    header = [
        "text",
        "label",
        # Labels that are judged one by one have a probability each; this is the highest.
        "highest" if predictions[0].independent else "confidence",
        *(["expected"] if predictions[0].expected_rating is not None else []),
        "note",
    ]
    rows = []
    for one in predictions:
        expected = [one.expected_rating] if one.expected_rating is not None else []
        rows.append([excerpt(one.text, 48), one.verdict, one.confidence, *expected, _note(one, threshold)])
    overview = table(header, rows)
    passes = [one for whole in predictions for one in whole.passes] if stages else []
    return overview + "".join("\n" + _stages(one) for one in passes)


def _stages(prediction: Prediction) -> str:
    """The three stages of one text, for a learner."""
    names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in prediction.inputs]
    rows = [
        [
            position,
            token.text,
            *(prediction.inputs[name][position] for name in names),
            "" if token.span is None else f"{token.span.start}-{token.span.end}",
            "special" if token.special else "unknown" if token.unknown else "",
        ]
        for position, token in enumerate(prediction.tokens)
    ]
    tokens = table(["position", "token", *names, "characters", "note"], rows)
    ids = "".join(f"{name}: {list(prediction.inputs[name])}\n" for name in names)
    outcome = table(
        ["label", "logit", "probability"],
        list(map(list, zip(prediction.labels, prediction.logits, prediction.probabilities, strict=True))),
    )
    how = "softmax over the labels" if prediction.activation == "softmax" else "a sigmoid for each label by itself"
    first = f'"{printable(excerpt(prediction.text, 100))}"\n1 preprocess: text to tokens to ids\n'
    second = f"2 infer, 3 postprocess: logits to probabilities by {how}\n"
    return f"{first}{ids}{tokens}{second}{outcome}"


def _note(prediction: Prediction, threshold: float) -> str:
    unread = "" if prediction.unread_from is None else f"read up to character {prediction.unread_from}"
    windows = f"mean of {len(prediction.windows)} overlapping windows" if prediction.windows else ""
    unsure = f"below {threshold:g}" if prediction.confidence < threshold else ""
    return "; ".join(filter(None, [unsure, unread, windows]))


def _predict_json(predictions: list[Prediction], stages: bool, threshold: float) -> str:
    from workbench.reports.prediction_json import prediction_document

    def one(prediction: Prediction) -> dict[str, Any]:
        whole = {"text": prediction.text, **prediction_document(prediction)}
        whole["confident"] = prediction.confidence >= threshold
        if stages:
            whole |= {name: list(row) for name, row in prediction.inputs.items()}
            for window, own in zip(whole["windows"], prediction.passes, strict=False):
                window |= {name: list(row) for name, row in own.inputs.items()}
            whole["tokens"] = [token.model_dump(mode="json") for token in prediction.tokens]
            whole["id_to_token"] = {str(token.id): token.text for token in prediction.tokens}
            whole["activation"] = prediction.activation.value
        return whole

    content = {
        "schema": "workbench.predictions/1",
        "checkpoint": predictions[0].checkpoint.model_dump(mode="json"),
        "predictions": [one(prediction) for prediction in predictions],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _predict_csv(predictions: list[Prediction], stages: bool, threshold: float) -> str:
    from workbench.tables import defused

    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    labels = predictions[0].labels
    several = ["selected"] if predictions[0].independent else []
    extra = ["tokens", "input_ids", *(f"logit {label}" for label in labels)] if stages else []
    writer.writerow(
        ["text", "label", "confidence", "expected_rating", "confident", "unread_from", *labels, *several, *extra]
    )
    for one in predictions:
        tokens = defused(" ".join(token.text for token in one.tokens))
        inner = (
            [tokens, " ".join(str(number) for part in one.passes for number in part.inputs["input_ids"]), *one.logits]
            if stages
            else []
        )
        writer.writerow(
            [
                defused(one.text),
                one.label,
                one.confidence,
                "" if one.expected_rating is None else one.expected_rating,
                one.confidence >= threshold,
                "" if one.unread_from is None else one.unread_from,
                *one.probabilities,
                *([defused("; ".join(one.selected))] if several else []),
                *inner,
            ]
        )
    return stream.getvalue()


def explain_table(report: Report) -> str:
    """An explanation for a terminal.

    Args:
        report: What to show.

    Returns:
        Tables, all text printable.
    """
    from workbench.render import precision_phrase, settled_phrase

    prediction = report.prediction
    note = _note(prediction, 0.0)
    lines = [f"{_verdict(prediction)}; target: {report.explanations[0].target.phrase()}{'; ' if note else ''}{note}\n"]
    for explanation in report.explanations:
        made = explanation.evaluations
        asides = "".join(f"; {one}" for one in (settled_phrase(explanation), precision_phrase(explanation)) if one)
        base = "" if explanation.base_value is None else f"base {explanation.base_value:+.4f}, "
        lines.append(
            f"\n{explanation.method}: {base}full {explanation.full_value:+.4f}; "
            f"{made.asked} asked, {made.made} made, {explanation.seconds:.1f} s{asides}\n"
        )
        ranked = sorted(explanation.units, key=lambda unit: -abs(unit.score))
        lines.append(
            table([explanation.unit.value, "at", "score"], [[unit.text, unit.start, unit.score] for unit in ranked])
        )
    return "".join(lines) + (_trust_table(report.trust) if report.trust else "")


def _verdict(prediction: Prediction) -> str:
    """The label with its probability, or each label that holds with its own."""
    labels = prediction.selected if prediction.independent else (prediction.label,)
    return ", ".join(f"{printable(label)} ({prediction.chance(label):.2f})" for label in labels) or prediction.verdict


def _trust_table(trust: Trust) -> str:
    names = ["comprehensiveness", "sufficiency", "faithfulness"]
    rows = [[one.method, *(one.figures[name].value for name in names)] for one in trust.faithfulness]
    made = trust.evaluations
    pairs = [[*one.methods, *(figure.value for figure in one.figures.values())] for one in trust.agreement]
    sentences = "".join(f"{sentence}\n" for sentence in (trust.verdict.sentence, *trust.verdict.cautions))
    return "".join(
        [
            f"\ntrust: {made.asked} asked, {made.made} made\n{sentences}",
            table(["method", *names], rows),
            *(["\n", table(["method", "and", *trust.agreement[0].figures], pairs)] if pairs else []),
        ]
    )

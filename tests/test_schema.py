from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench import schema
from workbench.schema import (
    Activation,
    AttentionMaps,
    CheckpointInfo,
    Deviation,
    Evaluations,
    Explanation,
    Fault,
    FoundCheckpoint,
    Frozen,
    Outcome,
    Page,
    PartChecked,
    Prediction,
    Report,
    RunQuery,
    SavedRun,
    SavedRuns,
    Score,
    Span,
    Target,
    Token,
    Unit,
    Verification,
    VersionChange,
    summary_of,
)

INFO = CheckpointInfo(name="tiny", fingerprint="sha256:00", architecture="Bert", labels=("bad", "good"))
TEXT = "Good 👩‍👩‍👧 é <b>"


def prediction(**changes: Any) -> Prediction:
    values: dict[str, Any] = {
        "text": TEXT,
        "checkpoint": INFO,
        "tokens": (
            Token(id=2, text="[CLS]", span=None, special=True),
            Token(id=7, text="good", span=Span(start=0, end=4)),
            Token(id=1, text="[UNK]", span=Span(start=5, end=10), unknown=True),
        ),
        "inputs": {"input_ids": (2, 7, 1), "attention_mask": (1, 1, 1)},
        "logits": (-0.1, 1 / 3),
        "activation": Activation.SOFTMAX,
        "probabilities": (0.1, 0.9),
        "label": "good",
        "selected": ("good",),
        "expected_rating": None,
        "unread_from": 10,
        "token_limit": 3,
    }
    return Prediction(**{**values, **changes})


# Of a text of one window: what such a text is never given, but types allow.
WINDOW = schema.Window(start=0, end=len(TEXT), weight=1.0, prediction=prediction(unread_from=None))


def explanation(**changes: Any) -> Explanation:
    values: dict[str, Any] = {
        "method": "shap",
        "target": Target(kind="contrast", label="good", against="bad"),
        "unit": Unit.WORD,
        "text": TEXT,
        "checkpoint": INFO,
        "units": (
            Score(text="Good", start=0, end=4, score=0.1),
            Score(text=TEXT[5:10], start=5, end=10, score=-0.3, spread=0.05),
        ),
        "base_value": 0.5,
        "full_value": 0.3,
        "additive": True,
        "signed": True,
        "seed": 3,
        "options": {"budget": 500, "algorithm": "auto", "nested": {"a": [1, 2.5, None, True]}},
        "evaluations": Evaluations(asked=5, made=3),
        "seconds": 0.25,
        "details": {"r2": 0.5, "note": "x"},
        "provenance": {"shap": "0.51"},
    }
    return Explanation(**{**values, **changes})


def maps() -> AttentionMaps:
    weights = np.random.default_rng(0).random((2, 2, 3, 3))
    return AttentionMaps(text=TEXT, checkpoint=INFO, tokens=prediction().tokens, weights=weights)


NUMBER = schema.Figure(value=0.25)
NO_NUMBER = schema.Figure(value=None, reason="the scores are all the same")
ANSWER = schema.Answer(label="good", probabilities={"bad": 0.25, "good": 0.75}, expected_rating=None)
BAND = schema.Band(mean=(0.5, 0.25), low=(0.25, 0.0), high=(0.75, 0.5))
ORDERS = schema.RandomOrders(
    draws=8, deletion=BAND, insertion=BAND, comprehensiveness=0.5, sufficiency=0.25, faithfulness_high=NUMBER
)
BEST = schema.BestOrders(
    proven=True, deletion=(0.5, 0.0), insertion=(0.0, 0.5), comprehensiveness=0.75, sufficiency=0.0
)
TRUSTED: list[Frozen] = [
    NUMBER,
    NO_NUMBER,
    ANSWER,
    BAND,
    ORDERS,
    BEST,
    schema.Agreement(methods=("shap", "lime"), signed=True, figures={"a": NUMBER}, conflicts=(Span(start=0, end=2),)),
    schema.Reference(
        units=(Span(start=0, end=2),),
        removal="mask",
        steps=(0, 1),
        full_value=0.5,
        empty_value=0.0,
        random=ORDERS,
        best=BEST,
    ),
    schema.Faithfulness(
        method="shap",
        order=(0,),
        deletion=(0.5, 0.0),
        insertion=(0.0, 0.5),
        figures={"faithfulness": NO_NUMBER},
        better_than_random=None,
    ),
    schema.Stability(
        method="lime",
        seeds=(0, 1),
        units=(Score(text="a", start=0, end=1, score=0.5, spread=0.25),),
        flipped=(),
        figures={},
    ),
    schema.Baseline(
        name="empty", text="", answer=ANSWER, target_value=0.5, figures={}, neutral=False, warning="not neutral"
    ),
    schema.SanityCheck(depth="head", figures={"a": NUMBER}),
    schema.Sanity(
        method="shap",
        checks=(schema.SanityCheck(depth="head", figures={}),),
        unchanged_by=(),
        insensitive=None,
    ),
    schema.Verdict(method=None, sentence="None is better than random here.", cautions=("One review.",)),
    schema.Trust(
        verdict=schema.Verdict(method="shap", sentence="Go by SHAP."), evaluations=Evaluations(asked=3, made=2)
    ),
    schema.Flip(removed=(Span(start=0, end=2),), answer=ANSWER, proven=True),
    schema.Replacement(span=Span(start=0, end=2), word="bad", text="bad x", answer=ANSWER),
]

DIFFERENCE = schema.MeasureDifference(
    measure=schema.Measure.MAE,
    first=0.5,
    second=0.25,
    rows=2,
    value=0.25,
    low=None,
    high=None,
    p=None,
    p_corrected=None,
    better=None,
    sentence="no difference",
)
SIDE = schema.CheckpointOnFile(
    checkpoint=INFO,
    activation=Activation.SOFTMAX,
    ratings=None,
    places=(0.0, 1.0),
    probabilities=((0.1, 0.9),),
    predicted=(1,),
    truth=(None,),
    labelled=0,
    figures={schema.Measure.ACCURACY: 1 / 3},
    calibration=(schema.CalibrationBin(low=0, high=1, rows=0, confidence=None, accuracy=None),),
    parameters=3,
    disk_bytes=None,
    seconds=0.0,
)
PAIR = schema.PairOnFile(
    first=0,
    second=1,
    distance=schema.Distance.SCALE,
    amounts=(0.1 + 0.2,),
    differ=(False,),
    agreement=1.0,
    counts={schema.Choice.ALL: 1},
    confusion=((0, 0), (0, 1)),
    differences=(DIFFERENCE,),
    mcnemar=schema.McNemar(only_first=1, only_second=0, p=1.0),
)
ROW = schema.FileRow(number=1, text=TEXT, label=None)
SOURCE = schema.FileSource(
    name="a.csv",
    form="csv",
    encoding="utf-8",
    columns=("text",),
    text_columns=("text",),
    label_column=None,
    seen=2,
    good=1,
    kept=1,
    faults=(schema.RowFault(number=2, reason="there is no text in it"),),
    fault_counts={"there is no text in it": 1},
)
COMPARISON = schema.FileComparison(
    source=SOURCE, rows=(ROW,), checkpoints=(SIDE, SIDE), pairs=(PAIR,), asked=1, partial=False, seed=0, resamples=0
)
WORD_TOTAL = schema.WordTotal(word="good", total=0.5, mean=0.25, count=2, reviews=1)
WORDS = schema.DisagreementWords(
    pair=0, target="expected", method="occlusion", seed=0, budget=None, asked=2, reviews=1, made=5, totals=(WORD_TOTAL,)
)
FILE_EXAMPLES: list[Frozen] = [
    COMPARISON,
    SOURCE,
    SOURCE.faults[0],
    ROW,
    PAIR,
    DIFFERENCE,
    PAIR.mcnemar or ROW,
    SIDE,
    SIDE.calibration[0],
    COMPARISON.disagreement(PAIR, 0),
    WORD_TOTAL,
    WORDS,
    COMPARISON.model_copy(update={"words": (WORDS,)}),
]


def compared(name: str, **changes: Any) -> schema.Compared:
    info = INFO.model_copy(update={"name": name, "fingerprint": f"sha256:{name}"})
    values: dict[str, Any] = {
        "prediction": prediction(checkpoint=info),
        "explanation": explanation(checkpoint=info),
        "scale": {"bad": 0.0, "good": 1.0},
        "unread": (Span(start=11, end=12),),
    }
    return schema.Compared(**{**values, **changes})


def difference(**changes: Any) -> schema.Difference:
    target = Target(kind="scale", places=(("bad", 0.0), ("good", 1.0)))
    own = explanation(full_value=-0.1, base_value=0.1).model_dump(exclude={"target", "checkpoint"})
    values: dict[str, Any] = {
        "checkpoints": (compared("a").checkpoint, compared("b").checkpoint),
        "targets": (target, target),
        "evaluations_of": (Evaluations(asked=3, made=3), Evaluations(asked=2, made=0)),
        "beyond": 0.1,
    }
    return schema.Difference(**{**own, **values, **changes})


def pair(**changes: Any) -> schema.Pair:
    values: dict[str, Any] = {
        "checkpoints": ("a", "b"),
        "signed": True,
        "units": (Span(start=0, end=4),),
        "figures": {"a": NUMBER},
        "conflicts": (Span(start=0, end=4),),
        "difference": difference(),
    }
    return schema.Pair(**{**values, **changes})


def comparison(**changes: Any) -> schema.Comparison:
    values: dict[str, Any] = {
        "text": TEXT,
        "checkpoints": (compared("a"), compared("b")),
        "pairs": (pair(),),
        "comparable": True,
    }
    return schema.Comparison(**{**values, **changes})


ALONE = {"target", "checkpoint"}


def entities(**changes: Any) -> schema.EntityPrediction:
    values: dict[str, Any] = {
        "text": TEXT,
        "checkpoint": INFO.model_copy(update={"labels": ("O", "PER")}),
        "tokens": prediction().tokens,
        "probabilities": ((0.9, 0.1), (0.2, 0.8), (1 / 3, 2 / 3)),
        "scheme": "plain",
        "strategy": "simple",
        "entities": (PERSON,),
        "unread_from": None,
        "token_limit": 3,
        "windows": (schema.EntityWindow(start=0, end=12, first=0, last=11),),
    }
    return schema.EntityPrediction(**{**values, **changes})


PERSON = schema.Entity(type="PER", start=0, end=10, text=TEXT[:10], score=0.73, tokens=(1, 2))
ENTITY_TARGET = Target(kind="entity", label="PER", span=Span(start=0, end=10))

NAMED = schema.EntityReport(
    prediction=entities(),
    entity=0,
    explanations=(explanation(target=ENTITY_TARGET, checkpoint=entities().checkpoint),),
)

DEVIATION = Deviation(place="text", fault=Fault.VALUE, recorded="a", recomputed=None)
PART = PartChecked(name="prediction", values=3, largest=0.5, largest_at="prediction.logits['a']", beyond=1)
FOUND = FoundCheckpoint(recorded="a", found="b", fingerprint="sha256:0")
CHANGE = VersionChange(package="torch", recorded="1", installed=None)
VERIFICATION = Verification(
    verdict=Outcome.DIFFERS,
    tolerance=1e-4,
    checkpoints=(FOUND,),
    parts=(PART,),
    deviations=(DEVIATION,),
    versions=(CHANGE,),
    page=Page.SAME,
)
REPORT = Report(prediction=prediction(), explanations=(), provenance={"torch": "1"})
RUN = SavedRun(id="run-0000", created=datetime(2026, 1, 2, tzinfo=UTC), result=REPORT, tags=("a", "b"))
FACETS = schema.RunFacets(checkpoints=("stars",), methods=("shap",), labels=("a",), tags=("b",))
NAMED_RUN = SavedRun(id="run-0001", created=RUN.created, result=NAMED)
SAVED: list[Frozen] = [
    REPORT,
    RUN,
    NAMED_RUN,
    SavedRuns(title="a", runs=(RUN, NAMED_RUN)),
    summary_of(RUN),
    summary_of(NAMED_RUN),
    RunQuery(words="a"),
    FACETS,
]

BATCH_FILE = schema.BatchFile(name="a.csv", form="csv", bytes=9, sha256="00", rows=2)
BATCH_OPTIONS = schema.BatchOptions(text_columns=("text",), label_column="stars", methods=("lime",), budget=9)
TRIAGED = schema.TriageRow(
    id=1,
    file="a.csv",
    row=1,
    text="a",
    right=True,
    confidence=1 / 3,
    probabilities=(1 / 3,),
    tags=(schema.Tag.DUPLICATE,),
    extras=(("b", None),),
)
BATCH_SUMMARY = schema.BatchSummary(
    rows=2, errors={"a": 1}, seconds=0.5, engine="local", finished="2026-01-01T00:00:00+00:00"
)
BATCH_PROGRESS = schema.BatchProgress(done=1, total=2, errors=1, seconds=0.5, rows_per_second=2.0, seconds_left=0.5)
BATCH_PLAN = schema.BatchPlan(
    id="20260101-000000-0000",
    created="2026-01-01T00:00:00+00:00",
    name="a.csv",
    source=Path("/data/a.csv"),
    checkpoint="stars",
    options=BATCH_OPTIONS,
    output=Path("/data/out"),
    engine="ray",
    ray_address="auto",
)
BATCH_STATE = schema.BatchState(phase="done", attempts=2, summary=BATCH_SUMMARY)
BATCHES: list[Frozen] = [
    BATCH_FILE,
    BATCH_OPTIONS,
    schema.BatchManifest(
        checkpoint=INFO,
        activation=Activation.SOFTMAX,
        ratings=None,
        places=(0.0, 1.0),
        limit=512,
        input="a.csv",
        files=(BATCH_FILE,),
        options=BATCH_OPTIONS,
        label_meanings={"4": "good", "?": None},
        provenance={"workbench": "1"},
    ),
    BATCH_SUMMARY,
    BATCH_PROGRESS,
    BATCH_PLAN,
    BATCH_STATE,
    schema.BatchStatus(plan=BATCH_PLAN, state=BATCH_STATE, progress=BATCH_PROGRESS),
    schema.RowFilter(text="a", tags=(schema.Tag.NEAR_TIE,), confidence=(0.1, 1.1), words=(1, 9), extra=(("a", "b"),)),
    schema.RowOrder(column="margin", descending=True),
    schema.RowPage(number=2, size=9),
    schema.TagRules(tie=0.2),
    schema.Correction(id=1, label="4 stars", note="a"),
    TRIAGED,
    schema.ColumnValues(name="b", numbers=(-0.5, 1 / 3), values=((None, 2), ("a", 1)), others=3),
    schema.RowsPage(rows=(TRIAGED,), total=9, page=schema.RowPage()),
]

ESTIMATE = schema.Estimate(value=0.5, low=0.25, high=None)
PILES: dict[str, Any] = {"confident_rows": schema.RowFilter(failed=None), "person_rows": schema.RowFilter()}
SCALED = schema.Scaled(log_loss=ESTIMATE, ece=ESTIMATE, confidence=0.5)
RELIABLE = schema.ReliabilityBin(
    low=0.0, high=1.0, rows=2, confidence=0.5, accuracy=0.5, accuracy_low=0.1, accuracy_high=0.9
)
POINT = schema.CoveragePoint(threshold=0.5, coverage=1.0, accuracy=None)
SLICE = schema.Slice(
    kind=schema.SliceKind.COLUMN,
    name="a = <b>",
    chosen=schema.RowFilter(extra=(("a", None),), extra_ranges=(("b", 0.5, 2.0),), temperature=1.5),
    rows=2,
    labelled=2,
    value=ESTIMATE,
    rest=0.5,
    difference=ESTIMATE,
    p=0.5,
    p_corrected=1.0,
    worse=0.0,
    found=False,
)
LABEL_FIGURES = schema.LabelFigures(label="bad", rows=1, predicted=0, precision=None, recall=ESTIMATE, f1=ESTIMATE)
BAR = schema.ConfidenceBin(low=0.5, high=1.0, rows=2, right=1, wrong=0)
FIGURES: list[Frozen] = [
    ESTIMATE,
    LABEL_FIGURES,
    BAR,
    schema.DatasetFigures(
        chosen=schema.RowFilter(),
        labels=INFO.labels,
        rows=2,
        errors=1,
        labelled=1,
        unknown=0,
        accuracy=ESTIMATE,
        classes=(LABEL_FIGURES,),
        confusion=((0, 1), (1, 0)),
        predicted=(1, 1),
        histogram=(BAR,),
        seed=0,
    ),
    RELIABLE,
    schema.Reliability(rows=2, bins=(RELIABLE,), ece=ESTIMATE, by_chance=0.2, temperature=1.5, seed=0),
    SCALED,
    schema.TemperatureScaling(
        temperature=ESTIMATE,
        fitted=2,
        measured=2,
        accuracy=ESTIMATE,
        before=SCALED,
        after=SCALED,
        gain=ESTIMATE,
        helps=True,
        at_limit=False,
        seed=0,
    ),
    POINT,
    schema.CoverageCurve(chosen=schema.RowFilter(), rows=2, labelled=0, points=(POINT,), area=None, best_area=None),
    schema.ThresholdFigures(
        threshold=0.5,
        rows=2,
        confident=1,
        person=1,
        coverage=ESTIMATE,
        accuracy=None,
        person_accuracy=None,
        errors=0,
        caught=0,
        **PILES,
    ),
    SLICE,
    schema.Slices(
        chosen=schema.RowFilter(),
        measure=schema.Measure.MAE,
        overall=ESTIMATE,
        labelled=2,
        least_rows=2,
        looked_at=1,
        slices=(SLICE,),
        worst=(SLICE,),
        notes=("a",),
    ),
    schema.SliceSize(kind=schema.SliceKind.TAG, name="a", chosen=schema.RowFilter(), rows=1, confidence=1 / 3),
]

ASKED = schema.WordQuestion(method="shap", groups=schema.WordGroups.ERROR, sort=schema.WordMeasure.MEAN, search="a")
WORD = schema.WordScore(
    word="room",
    form="Room",
    target="5 stars",
    group="right",
    reviews=1,
    occurrences=2,
    mean=-0.1,
    error=None,
    total=-0.2,
    magnitude=0.1,
    positive=0.0,
)
DIFFERENCE = schema.WordDifference(
    word="room", target="5 stars", first=WORD, second=WORD, difference=0.0, low=None, high=None, p=None, q=None
)
MEAN = schema.Estimated(value=0.1, low=None, high=None)
CONTROL = schema.WordControl(reviews=1, draws=5, flipped=MEAN, probability=MEAN, beyond=MEAN, superiority=0.5, p=1 / 3)
CHANGED = schema.ChangedReview(
    id=10**12 + 1, before="a", after="", label="good", new_label="bad", probability=0.9, new_probability=0.1
)
VERDICT = schema.ShortcutVerdict(reliance=schema.Reliance.NOTHING, sentence="a")
EFFECT = schema.WordEffect(
    edit=schema.WordEdit.REPLACED,
    words=("place",),
    flipped=MEAN,
    probability=MEAN,
    rating=None,
    accuracy=MEAN,
    control=CONTROL,
    examples=(CHANGED,),
)
BULK: list[Frozen] = [
    ASKED,
    WORD,
    DIFFERENCE,
    MEAN,
    CONTROL,
    CHANGED,
    VERDICT,
    EFFECT,
    schema.ExplainedKind(method="shap", target="predicted", unit=Unit.WORD, reviews=2, failed=1),
    schema.WordScores(question=ASKED, words=(WORD,), count=9, reviews={"right": 1}, notes=("a",)),
    schema.WordDifferences(question=ASKED, words=(DIFFERENCE,), tested=0, reviews=(1, 2)),
    schema.SelectionExplained(
        matching=3,
        drawn=2,
        explained=1,
        failed=1,
        methods=("shap",),
        files=("selections/a.parquet",),
        partial=False,
        evaluations=Evaluations(asked=2, made=1),
        seconds=0.5,
    ),
    schema.Candidate(
        word="room",
        form="Room",
        label="good",
        reviews=3,
        predicted=1 / 3,
        truth=None,
        z=2.5,
        truth_z=None,
        mean=0.1,
        magnitude=0.2,
        suspicion=0.5,
        plain=False,
    ),
    schema.WordProbe(
        word="room",
        checkpoint="stars",
        holding=3,
        examined=2,
        unread=0,
        reviews=1,
        labelled=0,
        occurrences=1,
        seed=0,
        effects=(EFFECT,),
        evaluations=Evaluations(asked=2, made=1),
        seconds=0.5,
    ),
]

EXAMPLES: list[Frozen] = [
    *BATCHES,
    *FIGURES,
    *BULK,
    PERSON,
    entities(),
    entities().windows[0],
    NAMED,
    schema.EntityReport(prediction=entities(), provenance={"torch": "1"}),
    ENTITY_TARGET,
    schema.Lesson(title="a", paragraphs=("b",), header=("c", "d"), rows=(("1", "2"),), left_out=3),
    *SAVED,
    DEVIATION,
    PART,
    FOUND,
    CHANGE,
    VERIFICATION,
    compared("a"),
    compared("a", scale=None),
    difference(),
    pair(),
    pair(difference=None),
    comparison(),
    comparison(comparable=False, note="LABEL_0 has no place.", pairs=(pair(difference=None),)),
    schema.Attribution(**explanation().model_dump(exclude=ALONE)),
    Target(kind="scale", places=(("good", 1.0), ("bad", 0.0))),
    *TRUSTED,
    Span(start=1, end=4),
    Token(id=3, text="##x", span=Span(start=0, end=1), special=True, unknown=True),
    INFO,
    prediction(),
    prediction(unread_from=None, expected_rating=4.25),
    WINDOW,
    prediction(unread_from=None, inputs={}, windows=(WINDOW,)),
    prediction(activation=Activation.SIGMOID, probabilities=(0.7, 0.9), selected=("bad", "good")),
    *(
        Target(kind=kind, label=label, against=against)
        for kind, label, against in [
            ("probability", "good", None),
            ("logit", "good", None),
            ("expected", None, None),
            ("contrast", "good", "bad"),
        ]
    ),  # type: ignore[arg-type]
    Score(text="x", start=0, end=1, score=0.1 + 0.2),
    Evaluations(asked=5, made=3),
    explanation(),
    explanation(base_value=None, additive=False, units=()),
    *FILE_EXAMPLES,
]


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: type(item).__name__)
def test_same_again_after_json(item: Frozen) -> None:
    assert type(item).model_validate_json(item.model_dump_json()) == item


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: type(item).__name__)
def test_frozen_and_closed(item: Frozen) -> None:
    name = next(iter(type(item).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(item, name, getattr(item, name))
    with pytest.raises(ValidationError, match="[Ee]xtra"):
        type(item).model_validate(item.model_dump() | {"surplus": 1})


def test_every_result_type_is_among_the_examples() -> None:
    import workbench.schema as module

    defined = {
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Frozen) and item.__module__.startswith(module.__name__)
    }
    assert defined - {Frozen} == {type(item) for item in EXAMPLES} | {AttentionMaps}


def test_windows_stand_in_the_text_and_share_it_out() -> None:
    with pytest.raises(ValidationError, match="another text"):
        prediction(unread_from=None, windows=(WINDOW.model_copy(update={"end": 3}),))
    with pytest.raises(ValidationError, match="weights"):
        prediction(unread_from=None, windows=(WINDOW.model_copy(update={"weight": 0.5}),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": (ROW, ROW)}, "not one answer a row"),
        ({"checkpoints": (SIDE, SIDE.model_copy(update={"probabilities": ((1.0,),)}))}, "not one probability a label"),
        ({"pairs": (PAIR.model_copy(update={"second": 2}),)}, "checkpoints that are not there"),
        ({"pairs": (PAIR.model_copy(update={"amounts": (0.1, 0.2)}),)}, "not one disagreement a row"),
        ({"checkpoints": (SIDE,)}, "at least 2"),
        ({"form": "workbench.file-comparison/2"}, "workbench.file-comparison/1"),
    ],
)
def test_a_comparison_on_a_file_has_an_answer_for_every_row(change: dict[str, Any], message: str) -> None:
    parts = {name: getattr(COMPARISON, name) for name in schema.FileComparison.model_fields}
    with pytest.raises(ValidationError, match=message):
        schema.FileComparison(**{**parts, **change})


def test_a_figure_has_a_value_or_a_reason() -> None:
    with pytest.raises(ValidationError, match="either"):
        schema.Figure(value=None)
    with pytest.raises(ValidationError, match="either"):
        schema.Figure(value=0.5, reason="none")


def test_attention_maps_are_halves_and_the_same_again_after_json() -> None:
    whole = maps()
    assert whole.weights.dtype == np.float16
    assert (whole.layers, whole.heads) == (2, 2)
    again = AttentionMaps.model_validate_json(whole.model_dump_json())
    assert again.weights.dtype == np.float16
    assert np.array_equal(again.weights, whole.weights)
    assert again.tokens == whole.tokens
    with pytest.raises(ValueError, match="read-only"):
        whole.weights[0, 0, 0, 0] = 1


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_no_digit_of_a_score_is_lost(number: float) -> None:
    score = Score(text="x", start=0, end=1, score=number)
    assert Score.model_validate_json(score.model_dump_json()).score == number


@pytest.mark.parametrize(
    "make",
    [
        lambda: Span(start=3, end=2),
        lambda: Span(start=-1, end=2),
        lambda: Target(kind="probability"),
        lambda: Target(kind="entity", label="PER"),
        lambda: Target(kind="probability", label="good", span=Span(start=0, end=1)),
        lambda: schema.EntityWindow(start=2, end=5, first=1, last=5),
        lambda: entities(probabilities=((0.9, 0.1),)),
        lambda: entities(probabilities=((0.9, 0.9),) * 3),
        lambda: entities(entities=(PERSON.model_copy(update={"text": "Bad"}),)),
        lambda: entities(entities=(PERSON.model_copy(update={"tokens": (3,)}),)),
        lambda: schema.EntityReport(prediction=entities(), entity=1, explanations=()),
        lambda: schema.EntityReport(prediction=entities(), explanations=NAMED.explanations),
        lambda: schema.EntityReport(prediction=entities(), entity=0, explanations=(explanation(),)),
        lambda: schema.EntityReport(prediction=entities(text=TEXT + "!"), entity=0, explanations=NAMED.explanations),
        lambda: Target(kind="expected", label="good"),
        lambda: Target(kind="contrast", label="good"),
        lambda: Target(kind="contrast", label="good", against="good"),
        lambda: Target(kind="scale"),
        lambda: Target(kind="scale", label="good", places=(("good", 1.0), ("bad", 0.0))),
        lambda: Target(kind="expected", places=(("good", 1.0), ("bad", 0.0))),
        lambda: Target(kind="scale", places=(("good", 1.0), ("good", 0.0))),
        lambda: Target(kind="scale", places=(("good", 1.0), ("bad", 1.0))),
        lambda: Target(kind="scale", places=(("good", 1.5), ("bad", 1.0))),
        lambda: compared("a", explanation=explanation()),
        lambda: compared("a", scale={"good": 1.0}),
        lambda: compared("a", scale={"good": 1.0, "bad": -0.5}),
        lambda: compared("a", unread=(Span(start=0, end=99),)),
        lambda: difference(checkpoints=(INFO, INFO)),
        lambda: difference(full_value=0.5),
        lambda: difference(evaluations_of=(Evaluations(asked=3, made=3), Evaluations(asked=1, made=0))),
        lambda: pair(checkpoints=("b", "a")),
        lambda: pair(units=()),
        lambda: comparison(checkpoints=(compared("a"),), pairs=()),
        lambda: comparison(checkpoints=(compared("a"), compared("a")), pairs=(pair(),)),
        lambda: comparison(text="x"),
        lambda: comparison(pairs=()),
        lambda: comparison(comparable=False, note="So."),
        lambda: comparison(comparable=False, pairs=(pair(difference=None),)),
        lambda: comparison(pairs=(pair(difference=difference(beyond=0.5)),)),
        lambda: Target(kind="odds", label="good"),  # type: ignore[arg-type]
        lambda: Evaluations(asked=1, made=2),
        lambda: Score(text="x", start=0, end=1, score=math.nan),
        lambda: prediction(logits=(0.0,)),
        lambda: prediction(logits=(0.0, math.inf)),
        lambda: prediction(label="ugly"),
        lambda: prediction(selected=("ugly",)),
        lambda: prediction(inputs={"input_ids": (1, 2)}),
        lambda: prediction(text="Go"),
        lambda: prediction(probabilities=(0.3, 0.3)),
        lambda: prediction(probabilities=(-0.1, 1.1)),
        lambda: explanation(text="Bad" + TEXT[4:]),
        lambda: explanation(
            units=(Score(text="Good", start=0, end=4, score=0), Score(text="ood", start=1, end=4, score=0))
        ),
        lambda: explanation(units=(Score(text="b>x", start=len(TEXT) - 2, end=len(TEXT) + 1, score=0),)),
        lambda: explanation(full_value=0.31),
        lambda: explanation(signed=False),
        lambda: explanation(full_value=math.nan),
        lambda: AttentionMaps(text="", checkpoint=INFO, tokens=(), weights=np.zeros((1, 1, 2, 2))),
        lambda: AttentionMaps(text="", checkpoint=INFO, tokens=(), weights=np.zeros((1, 0, 0))),
    ],
)
def test_what_contradicts_itself_is_refused(make: Any) -> None:
    with pytest.raises(ValidationError):
        make()


def test_readings_of_a_prediction() -> None:
    whole = prediction()
    assert whole.labels == ("bad", "good")
    assert whole.confidence == 0.9
    assert whole.runner_up == ("bad", pytest.approx(0.8))
    assert whole.read_text == TEXT[:10]
    assert prediction(unread_from=None).read_text == TEXT
    assert whole.tokens[2].span is not None
    assert whole.tokens[2].span.of(TEXT) == "👩‍👩‍👧"


def test_gap_of_scores() -> None:
    loose = explanation(additive=False, full_value=1.0)
    assert loose.gap() == pytest.approx(-0.2 - 0.5)
    assert explanation(additive=False, base_value=None).gap() == 0


@pytest.mark.parametrize(
    ("target", "typed", "phrase"),
    [
        (Target(kind="probability", label="5 stars"), "5 stars", "probability of 5 stars"),
        (Target(kind="logit", label="5 stars"), "logit:5 stars", "logit of 5 stars"),
        (Target(kind="expected"), "expected", "expected rating"),
        (ENTITY_TARGET, "entity:PER@0-10", "probability of PER at characters 0-10"),
        (
            Target(kind="scale", places=(("bad", 0.0), ("good", 1.0))),
            "scale:bad=0.0,good=1.0",
            "place on the common scale",
        ),
        (Target(kind="contrast", label="5 stars", against="1 star"), "5 stars - 1 star", "5 stars rather than 1 star"),
    ],
)
def test_targets_in_words(target: Target, typed: str, phrase: str) -> None:
    assert (str(target), target.phrase()) == (typed, phrase)


def test_the_commit_of_a_checkpoint_is_written_where_there_is_one() -> None:
    pinned = INFO.model_copy(update={"revision": "c0ffee"})
    assert list(INFO.model_dump(mode="json")) == ["name", "fingerprint", "architecture", "labels"]
    assert pinned.model_dump(mode="json")["revision"] == "c0ffee"
    for info in (INFO, pinned):
        assert CheckpointInfo.model_validate_json(info.model_dump_json()) == info


def test_only_targets_of_entities_have_a_span_in_json() -> None:
    assert set(Target(kind="expected").model_dump()) == {"kind", "label", "against", "places"}
    assert ENTITY_TARGET.model_dump(mode="json", exclude_none=True)["span"] == {"start": 0, "end": 10}


def test_an_entity_knows_its_window() -> None:
    read = entities()
    assert read.tags == ("O", "PER", "PER")
    assert read.window_of(PERSON) == Span(start=0, end=12)
    assert entities(windows=(), unread_from=11).window_of(PERSON) == Span(start=0, end=11)


def test_a_report_is_about_one_prediction() -> None:
    said = prediction()
    own = explanation()
    info = own.checkpoint.model_copy(update={"fingerprint": "sha256:another"})
    assert Report(prediction=said, explanations=(own,)).explanations == (own,)
    with pytest.raises(ValidationError, match="not one of this prediction"):
        Report(prediction=said, explanations=(own.model_copy(update={"checkpoint": info}),))


def test_a_run_of_entities_says_what_was_found() -> None:
    line = summary_of(NAMED_RUN)
    assert (line.kind, line.checkpoints, line.labels) == ("entities", ("tiny",), ("PER",))
    assert (line.expected_rating, line.methods, line.text) == (None, ("shap",), TEXT)
    nothing = NAMED_RUN.model_copy(update={"result": schema.EntityReport(prediction=entities(entities=()))})
    assert (summary_of(nothing).labels, summary_of(nothing).methods) == (("no entities",), ())
    assert (NAMED_RUN.predictions, NAMED_RUN.text) == ((), TEXT)
    assert SavedRun.model_validate_json(NAMED_RUN.model_dump_json()) == NAMED_RUN
    with pytest.raises(ValueError, match="no entity is explained"):
        _ = schema.EntityReport(prediction=entities()).explained

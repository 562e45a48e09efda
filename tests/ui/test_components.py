"""The HTML of the components, from results made by hand."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from workbench.palette import heat_style
from workbench.render import blank_html, explanation_html, heat_html, signed, signs_differ, strongest
from workbench.schema import (
    Activation,
    CheckpointInfo,
    Evaluations,
    Explanation,
    Prediction,
    Score,
    Span,
    Target,
    Token,
    Unit,
)
from workbench.text import words
from workbench.ui.components.bars import share_bars, signed_bars
from workbench.ui.components.methods import rows_html
from workbench.ui.components.stages import stages_html
from workbench.ui.components.targets import question
from workbench.ui.components.verdict import verdict_html
from workbench.ui.components.whatif import change_html
from workbench.ui.components.words import decimals, sorted_rows, table_html
from workbench.ui.explaining import targets_of
from workbench.ui.jobs import Job, Place, Request
from workbench.ui.style import literal

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
HOSTILE = "<img src=x onerror=alert(1)> \"&' </script><b>bold"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def checkpoint(labels: tuple[str, ...] = STARS) -> CheckpointInfo:
    return CheckpointInfo(name="made", fingerprint="sha256:0", architecture="Bert", labels=labels)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.03124, "+0.0312"),
        (-1.5, "-1.5000"),
        (0.0, "+0.0000"),
        (0.00006, "+0.0001"),
        (0.00004, "+4.0e-05"),
        (-4.06e-6, "-4.1e-06"),
    ],
)
def test_a_small_score_is_not_shown_as_none(value: float, shown: str) -> None:
    assert signed(value) == shown


def prediction(text: str, labels: tuple[str, ...] = STARS, **changes: object) -> Prediction:
    shares = [0.1] * len(labels)
    shares[2 % len(labels)] += 1 - sum(shares)
    tokens = (
        Token(id=101, text="[CLS]", span=None, special=True),
        *tuple(
            Token(id=index, text=span.of(text), span=span, unknown=index == 1) for index, span in enumerate(words(text))
        ),
    )
    fields: dict[str, object] = {
        "text": text,
        "checkpoint": checkpoint(labels),
        "tokens": tokens,
        "inputs": {"input_ids": tuple(token.id for token in tokens)},
        "logits": tuple(float(index) for index in range(len(labels))),
        "activation": Activation.SOFTMAX,
        "probabilities": tuple(shares),
        "label": labels[2 % len(labels)],
        "selected": (labels[2 % len(labels)],),
        "expected_rating": 3.0,
        "unread_from": None,
        "token_limit": 512,
    }
    return Prediction.model_validate(fields | changes)


def explanation(text: str, scores: dict[str, float], method: str = "lime", signed: bool = True) -> Explanation:
    return Explanation(
        method=method,
        target=Target(kind="expected"),
        unit=Unit.WORD,
        text=text,
        checkpoint=checkpoint(),
        units=tuple(
            Score(text=span.of(text), start=span.start, end=span.end, score=scores.get(span.of(text), 0.0))
            for span in words(text)
        ),
        base_value=None,
        full_value=1.0,
        additive=False,
        signed=signed,
        seed=0,
        options={},
        evaluations=Evaluations(asked=1, made=1),
        seconds=0.0,
    )


def test_hostile_text_becomes_no_tag() -> None:
    shown = explanation(HOSTILE, {"img": 1.0})
    for html in (
        heat_html(shown),
        stages_html(prediction(HOSTILE)),
        verdict_html(prediction("a b c", labels=(HOSTILE, "y", "z"), expected_rating=None)),
        table_html(HOSTILE, words(HOSTILE), {"lime": shown}, "Strongest"),
    ):
        assert not {"img", "script"} & set(parsed(html).seen)
    assert parsed(heat_html(shown)).text == HOSTILE


def test_the_verdict_draws_the_predicted_stars() -> None:
    html = verdict_html(prediction("fine"))
    assert 'aria-label="3 of 5"' in html
    assert "★★★<i>★★</i>" in html
    assert "3.00" in html


def test_labels_that_are_no_ratings_get_no_stars() -> None:
    assert "★" not in verdict_html(prediction("fine", labels=("a", "b", "c"), expected_rating=None))


def test_stages_mark_special_unknown_and_unread() -> None:
    html = stages_html(prediction("fine stuff and more", unread_from=4))
    assert html.count("wb-special") == 1
    assert html.count("wb-unknown") == 1
    assert "Not read" in html
    assert "stuff and more" in html


def test_sign_shows_without_colour() -> None:
    assert "0 -2px 0" in heat_style(0.5)
    assert "0 2px 0" in heat_style(-0.5)
    assert "box-shadow" not in heat_style(0.5, signed=False)


def test_rows_sort_by_strength_by_text_and_by_method() -> None:
    text = "one two three"
    shown = {
        "lime": explanation(text, {"one": 0.1, "two": -0.9, "three": 0.2}),
        "attention-rollout": explanation(text, {"one": 5.0}, "attention-rollout", signed=False),
    }
    spans = words(text)
    order = lambda by: [row[1] for row in sorted_rows(text, spans, shown, by)]  # noqa: E731
    assert order("Strongest") == ["two", "three", "one"]
    assert order("Text order") == ["one", "two", "three"]
    assert order("attention-rollout")[0] == "one"


def test_rows_are_there_before_any_result() -> None:
    text = "one two three"
    rows = sorted_rows(text, words(text), {"lime": None, "shap": None}, "Strongest")
    assert [row[1] for row in rows] == ["one", "two", "three"]
    assert table_html(text, words(text), {"lime": None}, "Strongest").count("<tr>") == 4


def test_a_unit_without_width_gets_a_row_of_its_own() -> None:
    shown = explanation("one", {"one": 1.0})
    wide = shown.model_copy(update={"units": (Score(text="", start=0, end=0, score=0.5), *shown.units)})
    rows = sorted_rows("one", [Span(start=0, end=3)], {"lime": wide}, "Text order")
    assert [(row[0], row[1]) for row in rows] == [((0, 0), ""), ((0, 3), "one")]
    assert "special tokens" in table_html("one", words("one"), {"lime": wide}, "Text order")


@pytest.mark.parametrize(("low", "high", "expected"), [(-0.5, 0.5, True), (-0.01, 0.5, False), (0.2, 0.5, False)])
def test_signs_differ_only_where_both_are_clear(low: float, high: float, expected: bool) -> None:
    scores = {name: Score(text="w", start=0, end=1, score=value) for name, value in (("lime", low), ("shap", high))}
    assert signs_differ(scores, {"lime": 1.0, "shap": 1.0}) is expected


@pytest.mark.parametrize("text", ["**bold**", ":red[x]", "$x^2$", "[a](b)", "<b>", "`code`", ":material/star:", "# h"])
def test_literal_leaves_no_markup(text: str) -> None:
    escaped = literal(text)
    assert escaped.replace("\\", "") == text
    assert not any(sign in escaped.replace(f"\\{sign}", "") for sign in "*$`[]<>:#")


def phrased() -> Explanation:
    """The first two words share a value; the third has one of its own."""
    made = explanation("not bad < film", {"not": 0.2, "bad": 0.2, "film": -0.5}, "shap")
    return made.model_copy(update={"unresolved": (Span(start=0, end=7),)})


def test_a_phrase_that_was_not_told_apart_is_one_box() -> None:
    html = heat_html(phrased())
    assert html.count('class="wb-p"') == 1
    assert 'title="+0.4000 shared by 2 words, not told apart at this budget"' in html
    assert '<span class="wb-w">not</span> <span class="wb-w">bad</span></span>' in html
    assert 'title="-0.5000"' in html
    assert parsed(html).text == "not bad < film"
    table = table_html("not bad < film", words("not bad < film"), {"shap": phrased()}, "Text order")
    assert table.count('class="wb-shared"') == 2
    assert table.count("of a phrase: +0.4000 shared by 2 words") == 2


def test_a_phrase_has_the_colour_of_its_sum() -> None:
    assert strongest(phrased()) == pytest.approx(0.5)
    assert heat_style(0.8) in heat_html(phrased())
    alone = phrased().model_copy(update={"units": phrased().units[:2], "text": "not bad"})
    assert strongest(alone) == pytest.approx(0.4)
    assert strongest(explanation("", {})) == 0.0


def test_words_whose_sign_flips_are_grey_and_say_so() -> None:
    made = explanation("cold room", {"cold": -0.2, "room": 0.1})
    units = tuple(unit.model_copy(update={"spread": 0.15}) for unit in made.units)
    spread, flipped = made.model_copy(update={"units": units}), frozenset({Span(start=5, end=9)})
    html = heat_html(spread, None, flipped)
    assert 'title="+0.1000 ± 0.1500 over seeds; its sign depends on the seed">room' in html
    assert 'title="-0.2000 ± 0.1500 over seeds">cold' in html
    assert html.count("wb-neutral") == html.count("wb-flip") == 1
    table = table_html("cold room", words("cold room"), {"lime": spread}, "Text order", {"lime": flipped})
    assert table.count("<small>± 0.150</small>") == 2
    assert table.count('class="wb-flip"') == 1


def test_a_flipped_phrase_is_grey_as_a_whole() -> None:
    html = heat_html(phrased(), None, {Span(start=0, end=3), Span(start=4, end=7)})
    assert 'class="wb-p wb-flip"' in html
    assert "the sign depends on the seed" in html


def test_a_text_without_result_is_laid_out_as_with_one() -> None:
    text = f"{HOSTILE} and text not read"
    spans = words(HOSTILE)
    blank = blank_html(text, spans)
    assert parsed(blank).seen.count("span") == len(spans) + 1
    assert parsed(blank).text == text


def test_rows_tell_how_to_take_them() -> None:
    text = "cold room"
    integrated = explanation(text, {"cold": -0.2}, "integrated-gradients").model_copy(
        update={"details": {"delta": -0.0031, "steps": 64.0, "converged": "yes"}}
    )
    attention = explanation(text, {"cold": 0.2, "room": 0.2}, "attention-rollout", signed=False).model_copy(
        update={"details": {"on_special_tokens": 0.6}}
    )
    slope = explanation(text, {"cold": 0.2}, "input-x-gradient").model_copy(
        update={"details": {"on_special_tokens": -0.09}}
    )
    html = rows_html(job_of(text, [integrated, attention, slope]), words(text))
    assert "delta 0.003 after 64 steps" in html
    assert "60% on special tokens" in html
    assert "-0.090 on special tokens" in html
    missed = integrated.model_copy(update={"details": {**integrated.details, "converged": "no"}})
    assert "wb-bad" not in html
    assert "wb-bad" in rows_html(job_of(text, [missed]), words(text))


def test_rows_tell_where_sampling_stopped() -> None:
    text = "cold room"
    sampled = {"budget_used": 350.0, "budget": 1000.0, "last_change": 0.0042, "settled": "yes"}
    shown = explanation(text, {"cold": 0.2}).model_copy(update={"details": {"r2": 0.8, **sampled}})
    html = rows_html(job_of(text, [shown]), words(text))
    assert "settled after 350 of 1,000 evaluations; last change 0.004<" in html
    assert "local fit" in html
    assert "wb-bad" not in html
    tree = {**sampled, "settled": "no", "last_change": 0.0, "largest_share": 0.07, "algorithm": "partition"}
    missed = explanation(text, {"cold": 0.2}, "shap").model_copy(update={"details": tree})
    html = rows_html(job_of(text, [missed]), words(text))
    assert "not settled after 350 of 1,000 evaluations; last change under 0.001, 0.070 still shared in a" in html
    assert "wb-bad" in html
    # Without a tolerance, or with values of every subset, there is nothing to tell.
    for details in ({"r2": 0.8}, {**sampled, "algorithm": "exact"}):
        plain = shown.model_copy(update={"details": details})
        assert "settled" not in rows_html(job_of(text, [plain]), words(text))
    assert "settled after 350 of 1,000" in explanation_html(shown)


def job_of(text: str, explanations: list[Explanation]) -> Job:
    methods = tuple((one.method, "{}") for one in explanations)
    request = Request(checkpoint="made", text=text, methods=methods, unit=Unit.WORD, seed=0)
    return Job(request, {one.method: Place(explanation=one) for one in explanations})


def test_targets_are_questions() -> None:
    shown = prediction("fine", probabilities=(0.1, 0.05, 0.45, 0.3, 0.1))
    questions = [question(target, shown) for target in targets_of(shown)]
    assert questions == [
        "Why 3 stars?",
        "Why an expected rating of 3.0?",
        "Why 3 stars and not 4 stars?",
        "Why 3 stars and not 1 star?",
        "Why 3 stars and not 5 stars?",
        "Why 3 stars and not 2 stars?",
        "Why a logit of 2.0 for 3 stars?",
    ]
    many = prediction("fine", labels=tuple("abcdefgh"), expected_rating=None)
    assert [target.kind for target in targets_of(many)] == ["probability", *["contrast"] * 4, "logit"]


def test_a_change_shows_both_ratings_and_each_difference() -> None:
    before = prediction("fine", probabilities=(0.1, 0.1, 0.6, 0.1, 0.1))
    after = prediction("fine", probabilities=(0.1, 0.1, 0.2, 0.5, 0.1), label="4 stars", expected_rating=3.4)
    html = change_html(before, after)
    assert "expected rating 3.00 to 3.40 (+0.40)" in html
    assert "was 3 stars" in html
    assert "-0.400" in html
    assert html.count("<u ") == 2
    assert "expected rating 3.00</span>" in change_html(before, before)


@pytest.mark.parametrize(("top", "expected"), [(0.0, 3), (1.7, 3), (0.01, 3), (0.0099, 4), (0.00021, 5), (1e-9, 6)])
def test_scores_of_a_very_sure_model_are_told_apart(top: float, expected: int) -> None:
    assert decimals(top) == expected
    # The largest one shows at least two digits, as long as six decimals can.
    if top >= 1e-5:
        assert len(f"{top:.{expected}f}".replace(".", "").lstrip("0")) >= 2


def test_labels_get_the_room_that_they_need() -> None:
    assert "flex-basis" not in share_bars(["1 star", "2 stars"], [0.5, 0.5], ["1 star"])
    for bars in (share_bars, signed_bars):
        html = bars(["very dissatisfied", "ok"], [0.4, 0.6], ["ok"])
        assert html.count('style="flex-basis:min(9.5em,45%)"') == 2
    assert "flex-basis:min(16.0em,45%)" in share_bars(["x" * 300], [1.0], [])

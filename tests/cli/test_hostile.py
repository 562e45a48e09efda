"""What bad input gets: a result or a one-line reason, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from workbench.checkpoints import Checkpoint

REFUSED = {
    "empty": "",
    "white space": " \n\t\u3000",
    "invisible": "\u200b\u200d\ufeff",
    "control characters only": "\x00\x07\x1b",
    "lone surrogate": "good \ud83d room",
}
ANSWERED = {
    "one token": "good",
    "one letter": "x",
    "punctuation": "?!... --- ,",
    "one sign": ".",
    "100,000 characters": "the food was good, " * 5264,
    "100,000 letters": "a" * 100_000,
    "control characters": "good\x00 \x07room\x1b[31m\r\n\x7f",
    "right to left": "\u202eשלום the room اللغة العربية\u202c",
    "combining marks": "Z\u0351\u036b\u0343a\u0301\u0328 good e\u0301",
    "emoji with joiners": "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 good ❤️",
    "mark-up": "<script>alert(1)</script><img src=x onerror=alert(1)> good </script><!--",
    "formula": "=cmd|' /C calc'!A0 good",
    "unknown tokens": "zzz qqq 日本語 хорошо",
    "a path": "../../etc/passwd",
    "line separators": "good\u2028bad\u2029room\x85cold",
    "special tokens": "[CLS] [SEP] [PAD] [MASK] <s> </s> <mask> <pad>",
    "a format string": "%s {0} ${x} \\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=list(REFUSED))
@pytest.mark.parametrize(
    "command", [("predict",), ("predict", "--stages"), ("explain", "--budget", "20")], ids=" ".join
)
def test_refused_in_one_line(
    run_cli: Callable[..., Any], tiny: Checkpoint, command: tuple[str, ...], text: str
) -> None:
    run_cli(*command, "--checkpoint", tiny.name, "--", text).assert_fault(2)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("text", ANSWERED.values(), ids=list(ANSWERED))
@pytest.mark.parametrize("fixture", ["tiny", "tiny_bpe"])
def test_predicted(
    run_cli: Callable[..., Any], request: pytest.FixtureRequest, fixture: str, text: str, form: str
) -> None:
    checkpoint = request.getfixturevalue(fixture)
    done = run_cli("predict", "--stages", "--format", form, "--checkpoint", checkpoint.name, "--", text)
    assert (done.status, done.err) == (0, "")
    if form == "json":
        assert json.loads(done.out)["predictions"][0]["text"] == text
    if form == "table":
        assert not set(done.out) & set("\x00\x07\x1b\x7f\r\u202e\u2028\u2029\x85")


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("text", ANSWERED.values(), ids=list(ANSWERED))
@pytest.mark.parametrize(("fixture", "unit"), [("tiny", "word"), ("tiny_bpe", "token")])
def test_explained(
    run_cli: Callable[..., Any], request: pytest.FixtureRequest, fixture: str, unit: str, text: str, form: str
) -> None:
    checkpoint = request.getfixturevalue(fixture)
    done = run_cli(
        "explain", "--unit", unit, "--budget", 20, "--format", form, "--checkpoint", checkpoint.name, "--", text
    )
    assert (done.status, done.err) == (0, "")
    if form == "json":
        whole = json.loads(done.out)
        assert whole["text"] == text
        for one in whole["explanations"]:
            assert one["units"]
            assert all(text[unit["start"] : unit["end"]] == unit["text"] for unit in one["units"])
    else:
        assert not set(done.out) & set("\x00\x07\x1b\x7f\r\u202e\u2028\u2029\x85")

from __future__ import annotations

import re
from base64 import b64decode

from workbench.schema import CalibrationBin, ReliabilityBin
from workbench.ui.components.reliability import reliability_drawing

BIN = CalibrationBin(low=0.8, high=0.9, rows=4, confidence=0.85, accuracy=0.5)
EMPTY = CalibrationBin(low=0.1, high=0.2, rows=0, confidence=None, accuracy=None)


def inside(html: str) -> str:
    return b64decode(re.findall(r"base64,([^\"]+)", html)[0]).decode()


def test_a_dot_a_bin_and_whiskers_where_there_are_intervals() -> None:
    plain = reliability_drawing("<b>", (BIN, EMPTY))
    assert inside(plain).count("<circle") == 1
    assert 'cx="157.5"' in inside(plain)
    assert 'cy="85.0"' in inside(plain)
    assert "&lt;b&gt;: 0.85 sure, 0.50 right, 4 reviews" in plain
    sure = ReliabilityBin(**BIN.model_dump(), accuracy_low=0.2, accuracy_high=0.8)
    assert inside(reliability_drawing("a", (sure,))).count("<line") == inside(plain).count("<line") + 1

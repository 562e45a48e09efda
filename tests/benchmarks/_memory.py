"""Peaks of memory, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from _checkpoints import Bench
from _settings import BERT_BASE
from _tables import Goal, Section, megabytes, table, verdict
from _timing import say

PROBE = Path(__file__).with_name("_memory_probe.py")
LIME_GOAL = Goal(300, unit=" MB")
ATTENTION_GOAL = Goal(400, unit=" MB")
HEAD = ("what", "checkpoint", "before", "peak", "added", "target")
NOTES = (
    "Resident memory of a process of its own, from the kernel's counts. Before: with the model loaded and one small "
    "run of the same done, so that all is imported; the peak is counted from there. In the last row, what is resident "
    "after the first reviews and after all of them, explained one after another on one scorer: mostly the evaluations "
    "that it remembers, of which there are 100,000 at most.",
)


def measure(bench: Bench) -> Section:
    """Run the probes.

    Args:
        bench: What is measured; LIME and the explanations in a row on its first checkpoint, attention on ``bert-base``.

    Returns:
        A row a probe.
    """
    settings = bench.settings
    first = settings.checkpoints[0]
    early, late = settings.memory_row
    lime = _probe(bench, "lime", first, settings.memory_words, settings.memory_samples)
    attention = _probe(bench, "attention", BERT_BASE)
    row = _probe(bench, "row", first, early, late)
    told = f"LIME, {settings.memory_samples} samples, {settings.memory_words} words"
    cells = [
        _cells(told, first, lime, LIME_GOAL),
        _cells(f"attention maps, {attention['tokens']} tokens", BERT_BASE, attention, ATTENTION_GOAL),
        # Not the peak between them: what stays is asked.
        _cells(f"LIME on {early}, then {late} short reviews", first, row | {"peak": row["after"]}, None),
    ]
    return Section("memory", {"lime": lime, "attention": attention, "row": row}, [table(HEAD, cells)], NOTES)


def _probe(bench: Bench, kind: str, name: str, *numbers: int) -> dict[str, Any]:
    say(f"memory: {kind}")
    command = [sys.executable, PROBE, kind, bench.names[name], bench.settings.device, *map(str, numbers)]
    quiet = os.environ | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _cells(told: str, name: str, found: dict[str, Any], goal: Goal | None) -> list[object]:
    added = found["peak"] - found["before"]
    figures = map(megabytes, (found["before"], found["peak"], added))
    return [told, name, *figures, verdict(goal, added / 1e6)]

"""Nothing grows from one explanation to the next, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# 7 were measured for about a thousand runs of methods: pages that the allocator keeps. Twenty kilobytes kept by each,
# less than the samples of one run, would go beyond this.
MOST_MEGABYTES = 20

SCRIPT = """
import gc, sys
import torch
from workbench.checkpoints import load_checkpoint
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify, parse_target
from workbench.schema import Unit
from workbench.scoring import Scorer

torch.set_num_threads(1)
checkpoint = load_checkpoint(sys.argv[1], device="cpu")
# Full after a few explanations, so that what is remembered does not count as growth.
scorer = Scorer(checkpoint, cache_entries=500)

def resident():
    gc.collect()
    with open("/proc/self/status") as stream:
        return next(int(line.split()[1]) for line in stream if line.startswith("VmRSS")) / 1000

def explain(number):
    prediction = classify(checkpoint, f"the room {number} was very good but all of it was {'cold ' * (number % 5)}")
    for method in METHODS:
        kind = METHODS[method].options
        options = kind(**({"budget": 40} if "budget" in kind.model_fields else {}))
        task = Task(prediction, parse_target("predicted", prediction), Unit.WORD, number, scorer.start())
        METHODS[method].explain(task, options)

for number in range(50):
    explain(number)
before = resident()
for number in range(50, 200):
    explain(number)
print(resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the size of the process from /proc")
def test_nothing_grows_over_two_hundred_explanations(tiny_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tiny_folder)], capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout) < MOST_MEGABYTES

"""How garbage is searched for, in a process of its own: nothing of it is for that of the tests."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import gc, json
from workbench import garbage

usual, seen = gc.get_threshold(), []

def note():
    seen.append([list(gc.get_threshold()), gc.get_freeze_count() > 0])

garbage.as_usual()
note()
garbage.seldom()
note()
garbage.as_usual()
note()
gc.unfreeze()
garbage.as_usual()
note()
garbage.no_more()
note()
ring = []
ring.append(ring)
del ring
print(json.dumps([list(usual), seen, gc.isenabled(), gc.collect()]))
"""


def test_seldom_while_it_starts_then_as_usual_and_not_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    usual, seen, enabled, found = json.loads(done.stdout)
    # A process that was not told that it starts is left as it is.
    assert seen[0] == [usual, False]
    assert seen[1][0][0] > 50 * usual[0]
    assert seen[1][0][2] > 0
    assert seen[2] == [usual, True]
    assert seen[3] == [usual, False]
    assert seen[4] == [usual, True]
    assert enabled
    assert found >= 1

"""The process of a batch in the queue: ``python -m workbench.cli.batch_worker BATCH NUMBER``.

It lies here rather than beside the services, which take twice the memory and the time to import: many may wait.
"""

from __future__ import annotations

import os
import sys

_PATIENCE = 60.0  # seconds for an earlier process of the same batch to leave


def main() -> int:
    """Wait for the turn of the batch that the command names, and run it.

    Returns:
        0 when it is done, else 1; what happened is in the batch's state.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from workbench.batch import queue
    from workbench.errors import WorkbenchError

    batch, number = sys.argv[1], int(sys.argv[2])
    try:
        with queue.claimed(batch, _PATIENCE) as place, queue.turn(batch, number) as begun:
            if begun is None:
                return 1
            from workbench.services.batch_queue import work

            return 0 if work(place, begun).phase == "done" else 1
    except WorkbenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

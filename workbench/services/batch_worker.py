"""The process of a batch in the queue: ``python -m workbench.services.batch_worker BATCH NUMBER``."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Work on the batch that the command names.

    Returns:
        0 when it is done, else 1; what happened is in the batch's state.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from workbench.errors import WorkbenchError
    from workbench.services.batch_queue import work

    try:
        return 0 if work(sys.argv[1], int(sys.argv[2])).phase == "done" else 1
    except WorkbenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

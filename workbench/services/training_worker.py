"""The process of a training run: ``python -m workbench.services.training_worker RUN``."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Work on the run that the command names.

    Returns:
        0 when a checkpoint was made, else 1; what happened is in the run's state.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from workbench.errors import WorkbenchError
    from workbench.services.training import work

    try:
        return 0 if work(sys.argv[1]).entry else 1
    except WorkbenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

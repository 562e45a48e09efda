"""What the first page needs is imported while the browser still loads the page's own files."""

from __future__ import annotations

import sys
import threading
import time

_EVERY = 0.01  # seconds
_thread: threading.Thread | None = None


def start() -> None:
    """Import it on a thread of its own, once the server is there."""
    global _thread
    _thread = threading.Thread(target=_prepare, name="imports", daemon=True)
    _thread.start()


def wait() -> None:
    """Wait for it: of a module that another thread is importing, one may get the unfinished half."""
    if _thread is not None:
        _thread.join()


def _prepare() -> None:
    while not _served():
        time.sleep(_EVERY)
    import workbench.ui.components
    import workbench.ui.explaining
    import workbench.ui.navigation  # noqa: F401 - each is wanted by the first page


def _served() -> bool:
    # Asked for only when another thread has imported it.
    runtime = sys.modules.get("streamlit.runtime")
    return runtime is not None and hasattr(runtime, "exists") and runtime.exists()

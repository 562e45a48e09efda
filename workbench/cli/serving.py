"""``workbench serve``: the app."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from workbench import resources
from workbench.cli.common import CHECKPOINT_HELP
from workbench.errors import WorkbenchError


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--host", default="localhost", show_default=True, help="Address to listen on; 0.0.0.0 serves others too.")
@click.option(
    "--checkpoint", "checkpoints", multiple=True, metavar="C", help=f"Offer this one. {CHECKPOINT_HELP} Repeatable."
)
def serve(port: int = 8501, host: str = "localhost", checkpoints: tuple[str, ...] = ()) -> None:
    """Start the app; opens the browser where there is one.

    \b
    Example:
      workbench serve --port 8600 --checkpoint stars --checkpoint ./my-checkpoint
    """
    from workbench.checkpoints import find

    for name in checkpoints:
        find(name)
    script = Path(__file__).resolve().parent.parent / "app" / "main.py"
    options = {
        "server.port": str(port),
        "server.address": host,
        "server.headless": "false" if _has_screen() else "true",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    environment = os.environ | ({resources.OFFERED: "\n".join(checkpoints)} if checkpoints else {})
    try:
        status = subprocess.call(command, env=environment)
    except KeyboardInterrupt:
        return
    if status not in (0, -2, 130):
        raise WorkbenchError(f"the app stopped with status {status}", f"see above; is port {port} taken?")


def _has_screen() -> bool:
    """Whether a browser could be opened."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

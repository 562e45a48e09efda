"""``workbench serve``: the app."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench import resources
from workbench.cli.common import CHECKPOINT_HELP
from workbench.cli.keeping import private_option
from workbench.cli.output import Meter
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.checkpoints.source import Located


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--host", default="localhost", show_default=True, help="Address to listen on; 0.0.0.0 serves others too.")
@click.option(
    "--checkpoint", "checkpoints", multiple=True, metavar="C", help=f"Offer this one. {CHECKPOINT_HELP} Repeatable."
)
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="WORKBENCH_ROOTS",
    metavar="DIR",
    help="Let the app read checkpoints in this folder, and in no other. Repeatable; also WORKBENCH_ROOTS. Without it, "
    "an app that serves others reads those of --checkpoint only.",
)
@private_option()
def serve(
    port: int = 8501,
    host: str = "localhost",
    checkpoints: tuple[str, ...] = (),
    roots: tuple[Path, ...] = (),
    private: bool = False,
) -> None:
    """Start the app; opens the browser where there is one.

    \b
    Example:
      workbench serve --port 8600 --checkpoint stars --checkpoint ./my-checkpoint
    """
    options = {
        "server.port": str(port),
        "server.address": host,
        "server.headless": "false" if _has_screen() else "true",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "workbench.app", *flags]
    told = environment(host, checkpoints, roots) | ({resources.PRIVATE: "1"} if private else {})
    try:
        status = _run(command, told)
    except KeyboardInterrupt:
        return
    if status not in (0, -signal.SIGINT, -signal.SIGTERM, 130):
        raise WorkbenchError(f"the app stopped with status {status}", f"see above; is port {port} taken?")


def _run(command: Sequence[str], told: Mapping[str, str]) -> int:
    """Run a program that ends with this one, also where only this one is told to end."""
    with subprocess.Popen(command, env=dict(told)) as process:
        usual = None
        if threading.current_thread() is threading.main_thread():
            usual = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return process.wait()
        finally:
            if usual is not None:
                signal.signal(signal.SIGTERM, usual)


def environment(host: str, checkpoints: Sequence[str], roots: Sequence[Path]) -> dict[str, str]:
    """What the app is told: which checkpoints to offer, and which folders it may read.

    Args:
        host: The address that it listens on.
        checkpoints: Names; hub ids are downloaded here, where there is a terminal to show it.
        roots: Folders that checkpoints may lie in.

    Returns:
        The environment of the app. Where it serves others, or a root is named, it reads the roots and the checkpoints
        named, and nothing else.

    Raises:
        CheckpointError: One of the checkpoints is not there.
    """
    found = _located(checkpoints) if checkpoints else []
    told = {name: value for name, value in os.environ.items() if name not in {resources.OFFERED, resources.ROOTS}}
    if found:
        told[resources.OFFERED] = "\n".join(one.pinned for one in found)
    if roots or not _is_loopback(host):
        named = [folder for one in found if one.revision is None for folder in _parts(one.folder)]
        told[resources.ROOTS] = "\n".join(str(folder.resolve()) for folder in [*roots, *named])
    return told


def _located(checkpoints: Sequence[str]) -> list[Located]:
    from workbench.checkpoints import locate

    meter = Meter()
    try:
        return [locate(name, progress=meter.download) for name in checkpoints]
    finally:
        meter.close()


def _parts(folder: Path) -> list[Path]:
    """The folders of a checkpoint: its own, and that of an adapter's base."""
    from workbench.checkpoints.adapters import adapter_base

    return [folder, adapter_base(folder)] if (folder / "adapter_config.json").is_file() else [folder]


def _is_loopback(host: str) -> bool:
    """Whether nobody else can reach that address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _has_screen() -> bool:
    """Whether a browser could be opened."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

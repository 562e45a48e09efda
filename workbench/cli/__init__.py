"""The ``workbench`` command."""

from workbench.cli.main import main, run

__all__ = ["main", "run"]

"""Entry point, exit statuses and one-line faults.

Results go to standard output, progress and messages to standard error. Exit status: 0 done; 2 the input or an argument
is at fault; 3 the checkpoint can't be used; 1 anything else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from workbench.errors import WorkbenchError

# A command is one function in a module of this package and one line here.
COMMANDS = {
    "serve": "serving",
    "predict": "predicting",
    "explain": "predicting",
    "compare": "comparing",
    "batch": "batch",
    "train": "training",
    "training": "training_runs",
    "evaluate": "training",
    "entities": "entities",
    "verify": "verifying",
    "history": "history",
    "checkpoints": "commands",
}


class _Commands(click.Group):
    """Imports the module of a command when it is used, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"workbench.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show where a fault came from.")
@click.version_option(package_name="explainability-workbench", prog_name="workbench")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Explain text classifiers: why did this review get its rating?

    Without a command the app starts, as with workbench serve.

    \b
    Example:
      workbench explain "The room was clean but the staff ignored us." --method shap --method lime
    """
    if context.invoked_subcommand is None:
        from workbench.cli.serving import serve

        context.invoke(serve)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: As typed, without the program's name; by default those of the process.

    Returns:
        The exit status.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in typed
    # Accepted in any place, as users add it to the line that failed.
    typed = [word for word in typed if word != "--debug"]
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        status = cli.main(typed, prog_name="workbench", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except BrokenPipeError:
        # The reader left; keep the interpreter from complaining about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except click.exceptions.Abort:
        return _fault("interrupted", 1)
    except click.ClickException as error:
        if debug:
            raise
        return _fault(f"{_usage(error)}; see 'workbench {_command_of(typed)}--help'", 2)
    except WorkbenchError as error:
        if debug:
            raise
        return _fault(str(error), error.exit_status)
    except Exception as error:  # the last resort: whatever went wrong, the user gets one line
        if debug:
            raise
        return _fault(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}; run it again with --debug", 1)


def _fault(message: str, status: int) -> int:
    sys.stderr.write(f"error: {message}\n".encode("utf-8", "backslashreplace").decode("utf-8"))
    return status


def _usage(error: click.ClickException) -> str:
    return " ".join(error.format_message().split()).rstrip(".")


def _command_of(typed: Sequence[str]) -> str:
    named = typed[0] if typed and typed[0] in COMMANDS else ""
    return f"{named} " if named else ""

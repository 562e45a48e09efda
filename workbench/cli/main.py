"""Entry point, exit statuses and one-line faults.

Results go to standard output, progress and messages to standard error. Exit status: 0 done; 2 the input or an argument
is at fault; 3 the checkpoint can't be used; 1 anything else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from workbench.cli import commands, comparing, entities, predicting, serving, training
from workbench.errors import WorkbenchError


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
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
        context.invoke(serving.serve)


for _command in (
    serving.serve,
    predicting.predict,
    predicting.explain,
    comparing.compare,
    entities.entities,
    training.train,
    training.evaluate,
    commands.checkpoints,
):
    cli.add_command(_command)


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
    named = typed[0] if typed and typed[0] in cli.commands else ""
    return f"{named} " if named else ""

"""Entry point, exit statuses and one-line faults.

Results go to standard output, progress and messages to standard error. Exit status: 0 done; 2 the input or an argument
is at fault; 3 the checkpoint can't be used; 1 anything else.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from workbench import garbage
from workbench.cli.output import forget_output
from workbench.errors import Cancelled, InputError, WorkbenchError

# A command is one function in a module of this package and one line here: the module, and what lists say of it.
COMMANDS = {
    "serve": ("serving", "Start the app; opens the browser where there is one."),
    "predict": ("predicting", "Run the three-stage pipeline on texts or a file."),
    "explain": ("predicting", "Explain the prediction on one text."),
    "compare": ("comparing", "Compare checkpoints, on one text or a file of reviews."),
    "entities": ("entities", "Find named entities, and say why one has its type."),
    "verify": ("verifying", "Recompute a report and say what differs."),
    "history": ("history", "List, show, annotate, export and delete kept runs."),
    "checkpoints": ("commands", "List the checkpoints, show one, or keep a list of your own."),
    "evaluate": ("training", "Measure checkpoints on labelled texts."),
    "train": ("training", "Fine-tune a classifier or a tagger on your own data."),
    "training": ("training_runs", "List training runs, watch one, stop it, or go on with it."),
    "batch": ("batch", "Predict every row of a file, or of a folder of files."),
    "batches": ("batches", "List the batches in the queue, watch or stop them."),
    "figures": ("figures", "How good a batch is, how sure, and where it fails."),
    "triage": ("triaging", "Look through the rows of a batch, and mark them."),
    "words": ("words", "Add up the explanations of a batch word by word."),
    "shortcut": ("words", "Test whether a word decides predictions."),
}

_REMEDIES = {
    errno.ENOSPC: "free some room",
    errno.EDQUOT: "free some room",
    errno.EACCES: "mend its rights, or name another place",
    errno.EPERM: "mend its rights, or name another place",
    errno.EROFS: "name another place",
}


class _Commands(click.Group):
    """Imports the module of a command when it is used, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"workbench.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, 1)
            raise InputError(f"there is no command {args[0]!r}", f"use {near[0]}" if near else "see 'workbench --help'")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would write an empty line of its own
            raise Cancelled("interrupted") from None


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


def run() -> NoReturn:
    """Run the command as the process that this is, and end it."""
    garbage.seldom()
    status = main()
    garbage.no_more()
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: As typed, without the program's name; by default those of the process.

    Returns:
        The exit status.
    """
    typed, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    _open_streams()
    try:
        status = cli.main(typed, prog_name="workbench", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except BrokenPipeError:
        # The reader left, which is no fault.
        forget_output()
        return 0
    except click.exceptions.Abort:
        sys.stderr.write("\n")  # the question stands on this line
        return _fault("it was not confirmed, so nothing was done; answer y, or add --yes", 1)
    except click.ClickException as error:
        if debug:
            raise
        return _fault(_usage(error), 2)
    except Cancelled as error:
        return _fault(f"{error.what}; {error.remedy or 'run it again when you like'}", error.exit_status)
    except WorkbenchError as error:
        if debug:
            raise
        return _fault(str(error), error.exit_status)
    except OSError as error:
        if debug:
            raise
        return _fault(_of_the_system(error), 1)
    except Exception as error:  # the last resort: whatever went wrong, the user gets one line
        if debug:
            raise
        return _fault(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}; run it again with --debug", 1)


def _without_debug(typed: list[str]) -> tuple[list[str], bool]:
    """The line without ``--debug``, which users add anywhere to one that failed; what follows ``--`` is text."""
    end = typed.index("--") if "--" in typed else len(typed)
    options = [word for word in typed[:end] if word != "--debug"]
    return [*options, *typed[end:]], len(options) < end


def _open_streams() -> None:
    """Streams that the caller closed become such that lead nowhere, so that nothing else has to ask."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open as long as the process


def _of_the_system(error: OSError) -> str:
    """What the system refused, with what to do where that is plain."""
    try:
        sys.stdout.flush()
    except OSError:  # it was the output itself
        forget_output()
    what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__
    return f"{' '.join(what.split())[:300]}; {_REMEDIES.get(error.errno or 0, 'run it again with --debug')}"


def _fault(message: str, status: int) -> int:
    # On a terminal the progress of what failed may still stand on the line.
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    with suppress(OSError):  # nobody reads it; the status still says it
        sys.stderr.write(f"{start}error: {message}\n".encode("utf-8", "backslashreplace").decode("utf-8"))
        sys.stderr.flush()
    return status


def _usage(error: click.ClickException) -> str:
    """What is wrong with the line as it was typed; see the help of that command."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command if context else cli
    path = context.command_path if context else "workbench"
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and context and isinstance(command, click.Group):
        return f"{path} takes a command; choose from {', '.join(command.list_commands(context))}"
    what = " ".join(error.format_message().split()).rstrip(".")
    texts = any(isinstance(one, click.Argument) and one.name in {"text", "texts"} for one in command.params)
    dash = ", or put -- before a text" if texts and isinstance(error, click.NoSuchOption) else ""
    return f"{what}; see '{path} --help'{dash}"

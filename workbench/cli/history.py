"""``workbench history``: the runs that were kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from workbench.cli.keeping import say
from workbench.cli.output import emit, printable, table
from workbench.errors import InputError
from workbench.schema import EntityReport, Report, RunQuery, RunResult, RunSummary, SavedRun, SavedRuns
from workbench.text import excerpt

HISTORY_SCHEMA = "workbench.history/1"
_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
_IDS = click.argument("ids", metavar="ID ...", nargs=-1, required=True)


@click.group()
def history() -> None:
    """List, show, annotate, export and delete the runs that were kept.

    An ID may be shortened as long as no other begins so.

    \b
    Examples:
      workbench history list --search "rude waiter" --method shap
      workbench history export k3mh4p2xa9qd --output report.json
    """


@history.command("list")
@click.option("--search", default="", metavar="WORDS", help="All of these words stand in text, note or tags.")
@click.option("--kind", type=click.Choice(["explanation", "comparison", "entities"]), help="Runs of this kind.")
@click.option("--checkpoint", metavar="C", help="This checkpoint took part.")
@click.option("--method", metavar="M", help="This method took part.")
@click.option("--label", metavar="L", help="A checkpoint predicted this label, or found an entity of this type.")
@click.option("--tag", metavar="T", help="It has this tag.")
@click.option("--since", metavar="D", help="From this date or time on (ISO 8601), by default of your time zone.")
@click.option("--until", metavar="D", help="Up to and with this date, or before this time.")
@click.option("--deleted", is_flag=True, help="Those that were deleted and can be restored, instead of the others.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, metavar="N")
@click.option("--offset", type=click.IntRange(0, 1_000_000_000), default=0, metavar="N", help="Pass over the newest N.")
@_FORMAT
def list_(
    search: str,
    kind: str | None,
    checkpoint: str | None,
    method: str | None,
    label: str | None,
    tag: str | None,
    since: str | None,
    until: str | None,
    deleted: bool,
    limit: int,
    offset: int,
    form: str,
) -> None:
    """List the runs that were kept, newest first.

    \b
    Example:
      workbench history list --search "rude waiter" --checkpoint stars --since 2026-01-31
    """
    from workbench import services

    query = RunQuery(
        words=search,
        kind=kind,
        checkpoint=checkpoint,
        method=method,
        label=label,
        tag=tag,
        since=None if since is None else _time(since, "--since"),
        until=None if until is None else _time(until, "--until", whole_day=True),
    )
    total, runs = services.find_runs(query, limit=limit, offset=offset, deleted=deleted)
    _tell_notices()
    if form == "json":
        lines = [run.model_dump(mode="json") for run in runs]
        emit(_json({"schema": HISTORY_SCHEMA, "total": total, "runs": lines}))
        return
    emit(_listing(runs))
    if len(runs) < total:
        say(f"{len(runs)} of {total} runs; --limit and --offset show others")


@history.command()
@click.argument("run_id", metavar="ID")
@_FORMAT
def show(run_id: str, form: str) -> None:
    """Show a run whole.

    \b
    Example:
      workbench history show k3mh4p2xa9qd --format json
    """
    from workbench import services
    from workbench.reports.runs_json import runs_document

    run = services.open_run(services.full_run_id(run_id))
    _tell_notices()
    if form == "json":
        emit(_json(runs_document(SavedRuns(title=f"saved run {run.id}", runs=(run,)))))
    else:
        emit(_shown(run))


@history.command()
@_IDS
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="F",
    help="A .zip of all; for one run also a report, whose suffix picks the format.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="Formats in a .zip (html, json, csv, ...); repeatable. By default html and json.",
)
def export(ids: tuple[str, ...], output: Path, formats: tuple[str, ...]) -> None:
    """Write runs to one .zip of reports, or one run to one report.

    \b
    Example:
      workbench history export k3mh4p2xa9qd p7xa9qdk3mh4 --output runs.zip --format json --format csv
    """
    from workbench import services

    wanted = [services.full_run_id(run_id) for run_id in ids]
    if output.suffix.lower() == ".zip":
        path = services.export_runs(wanted, formats, output)
    elif len(wanted) > 1 or formats:
        raise InputError(f"{output.name!r} holds one run in one format", "let it end with .zip")
    else:
        path = services.export_run(wanted[0], output)
    _tell_notices()
    emit(f"{path}\n")


@history.command()
@_IDS
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--for-good", is_flag=True, help="Remove them from the disk at once; they cannot be restored.")
def delete(ids: tuple[str, ...], yes: bool, for_good: bool) -> None:
    """Delete runs; for thirty days they can be restored.

    \b
    Example:
      workbench history delete k3mh4p2xa9qd --yes
    """
    from workbench import services

    wanted = tuple(services.full_run_id(run_id) for run_id in ids)
    counted = "1 run" if len(wanted) == 1 else f"{len(wanted)} runs"
    if not yes:
        click.confirm(f"Delete {counted}{' for good' if for_good else ''}?", abort=True, err=True)
    deleted = services.delete_runs(wanted, for_good=for_good)
    _tell_notices()
    emit("".join(f"{run_id}\n" for run_id in (wanted if for_good else deleted)))
    if deleted and not for_good:
        say(f"bring back with: workbench history restore {' '.join(deleted)}")


@history.command()
@_IDS
def restore(ids: tuple[str, ...]) -> None:
    """Bring deleted runs back.

    \b
    Example:
      workbench history restore k3mh4p2xa9qd
    """
    from workbench import services

    restored = services.restore_runs([services.full_run_id(run_id) for run_id in ids])
    _tell_notices()
    emit("".join(f"{run_id}\n" for run_id in restored))


@history.command(short_help="Write a note on a run, in the place of its old one.")
@click.argument("run_id", metavar="ID")
@click.argument("text", metavar="TEXT")
def note(run_id: str, text: str) -> None:
    """Write a note on a run, in the place of its old one; an empty one takes it away.

    \b
    Example:
      workbench history note k3mh4p2xa9qd "shown to the team"
    """
    from workbench import services

    emit(f"{services.annotate_run(services.full_run_id(run_id), note=text).id}\n")
    _tell_notices()


@history.command(short_help="Give a run tags, in the place of its old ones.")
@click.argument("run_id", metavar="ID")
@click.argument("tags", metavar="[TAG ...]", nargs=-1)
def tag(run_id: str, tags: tuple[str, ...]) -> None:
    """Give a run these tags, in the place of its old ones; without any it has none.

    \b
    Example:
      workbench history tag k3mh4p2xa9qd restaurant "needs a second look"
    """
    from workbench import services

    emit(f"{services.annotate_run(services.full_run_id(run_id), tags=tags).id}\n")
    _tell_notices()


def _tell_notices() -> None:
    from workbench import services

    for notice in services.history_notices():
        say(notice)


def _time(typed: str, option: str, *, whole_day: bool = False) -> datetime:
    """A date or time as typed, by default of the local time zone; a date alone begins at midnight."""
    try:
        parsed = datetime.fromisoformat(typed.strip())
        if whole_day and _is_date(typed.strip()):
            # Before the zone is known: a day need not have 24 hours.
            parsed += timedelta(days=1)
        # A time without a zone is taken for one of the local zone.
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f"{option} cannot be {typed!r}", "write it as 2026-01-31, 2026-01-31T18:00 or 2026-01-31T18:00+01:00"
        ) from None


def _is_date(typed: str) -> bool:
    return "T" not in typed and " " not in typed and ":" not in typed


def _local(moment: datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def _listing(runs: tuple[RunSummary, ...]) -> str:
    header = ["id", "when", "label", "expected", "checkpoint", "method", "text", "tags", "note"]
    rows = [
        [
            run.id,
            _local(run.created),
            ", ".join(dict.fromkeys(run.labels)),
            "" if run.expected_rating is None else f"{run.expected_rating:.2f}",
            ", ".join(run.checkpoints),
            ", ".join(run.methods),
            excerpt(run.text, 40),
            ", ".join(run.tags),
            excerpt(run.note, 40),
        ]
        for run in runs
    ]
    return table(header, rows)


def _shown(run: SavedRun) -> str:
    facts: list[list[Any]] = [
        ["id", run.id],
        ["when", _local(run.created)],
        ["text", run.text],
        ["checkpoint", ", ".join(one.name for one in run.checkpoints)],
        ["seconds", f"{run.seconds:.1f}"],
        ["tags", ", ".join(run.tags)],
        ["note", run.note],
    ]
    faults = "".join(f"{printable(f'{method}: {why}')}\n" for method, why in run.faults.items())
    return f"{table(['what', 'value'], facts)}{faults}\n{_result(run.result)}"


def _result(result: RunResult) -> str:
    from workbench.cli.comparing import comparison_tables
    from workbench.cli.entities import entities_table
    from workbench.cli.predicting import explain_table

    if isinstance(result, EntityReport):
        return entities_table([result.prediction], result)
    return explain_table(result) if isinstance(result, Report) else comparison_tables(result)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

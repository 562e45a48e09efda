"""A file or a folder of files predicted, and explained where asked for, into a folder that can be gone on with."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from workbench.batch.planning import check_same, input_files, plan
from workbench.batch.running import run_local
from workbench.batch.writing import (
    claimed,
    done_parts,
    is_unused,
    read_manifest,
    read_summary,
    remove_leftovers,
    write_manifest,
)
from workbench.checkpoints import Checkpoint, load_checkpoint, require_task
from workbench.errors import InputError, MissingExtraError
from workbench.explainers import METHODS, make_options
from workbench.pipeline import classify, parse_target
from workbench.schema import BatchManifest, BatchOptions, BatchProgress, BatchSummary
from workbench.services.methods import choose_methods
from workbench.services.running import installed, provenance

ENGINES = ("local", "ray")
_OWN = ("py3langid", "pyarrow", "tokenizers", "scipy")
# Any text: only whether a target can be read depends on it.
_TRIAL = "good"


def run_batch(
    source: Path,
    checkpoint: str | Checkpoint,
    output: Path,
    options: BatchOptions | None = None,
    *,
    engine: str = "local",
    resume: bool = False,
    ray_address: str | None = None,
    workers: int | None = None,
    progress: Callable[[BatchProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Predict all rows of an input, and explain them where methods are asked for.

    Args:
        source: csv, tsv, jsonl, parquet or txt, or a folder of files of one of these forms.
        checkpoint: A name as for ``load_checkpoint``, or a checkpoint that is loaded.
        output: Folder of the batch; see ``workbench.schema.batch``.
        options: What is asked of every row; columns that are not named are guessed.
        engine: ``local`` or ``ray``.
        resume: Go on with the batch in ``output``, where there is one.
        ray_address: Of a Ray cluster; by default one on this machine.
        workers: Of Ray; by default as many as it has room for.
        progress: Told now and then how far it is.
        cancelled: Asked between batches of the model; true stops, and the batch can be gone on with.

    Returns:
        What became of it.

    Raises:
        InputError: The input or an option is at fault; the folder is not empty; or the batch there is another one, and
            the message says what changed.
        CheckpointError: The checkpoint cannot be used.
        MissingExtraError: Ray is asked for and not installed.
        Cancelled: The caller asked to stop.
    """
    _check_engine(engine)
    input_files(source)
    _check_output(output, resume)
    loaded = load_checkpoint(checkpoint) if isinstance(checkpoint, str) else checkpoint
    settled = _checked(loaded, options or BatchOptions(text_columns=()))
    wanted = plan(source, loaded, settled, batch_provenance(settled), cancelled)
    try:
        output.mkdir(parents=True, exist_ok=True)
        with claimed(output):
            manifest = _begun(output, wanted)
            finished = read_summary(output)
            if finished is not None and len(done_parts(output, manifest)) == parts_of(manifest):
                return finished
            if engine == "ray":
                ray_engine = import_module("workbench.batch.ray_engine")
                found: BatchSummary = ray_engine.run_ray(
                    source, output, manifest, loaded.name, ray_address, workers, progress, cancelled
                )
                return found
            return run_local(source, output, manifest, loaded, progress, cancelled)
    except OSError as error:
        raise InputError(
            f"{error.filename or output} cannot be read or written ({error.strerror or error})",
            "mend that, then go on with --resume",
        ) from None


def parts_of(manifest: BatchManifest) -> int:
    """How many parts a batch has.

    Args:
        manifest: What is asked.

    Returns:
        A number of shards.
    """
    return sum(-(-file.rows // manifest.options.shard_rows) for file in manifest.files)


def batch_provenance(options: BatchOptions) -> dict[str, str]:
    """Versions of everything that decides what a batch holds.

    Args:
        options: Which methods.

    Returns:
        Package to version.
    """
    used = {package for name in options.methods for package in METHODS[name].packages}
    kept = {"workbench", "torch", "transformers", "numpy", *used}
    named = {name: version for name, version in provenance().items() if name in kept}
    own = {name: found for name in {*_OWN, *used} - named.keys() if (found := installed(name))}
    return dict(sorted((named | own).items()))


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise InputError(f"there is no engine {engine!r}", f"choose one of {', '.join(ENGINES)}")
    if engine == "ray" and find_spec("ray") is None:
        raise MissingExtraError("the engine ray", "ray")


def _check_output(output: Path, resume: bool) -> None:
    """Refuse, before anything is loaded, a folder that a new batch would mix with."""
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file", "name a folder")
    if is_unused(output):
        return
    if read_manifest(output) is None:
        raise InputError(f"{output} is not empty, and is no batch", "name a new folder")
    if not resume:
        raise InputError(f"{output} holds a batch already", "add --resume to go on with it, or name a new folder")


def _checked(checkpoint: Checkpoint, options: BatchOptions) -> BatchOptions:
    """The options with methods named, all of them possible."""
    require_task(checkpoint, "classification")
    if not options.methods:
        return options
    methods = choose_methods(checkpoint, options.methods)
    for name in methods:
        make_options(name, budget=options.budget)
        if options.unit not in METHODS[name].units:
            raise InputError(
                f"{name} has no scores for a {options.unit}", f"choose one of {', '.join(METHODS[name].units)}"
            )
    parse_target(options.target, classify(checkpoint, _TRIAL))
    return options.model_copy(update={"methods": methods})


def _begun(output: Path, wanted: BatchManifest) -> BatchManifest:
    """The manifest of the batch, written where it is a new one."""
    remove_leftovers(output)
    old = read_manifest(output)
    if old is None:
        write_manifest(output, wanted)
        return wanted
    check_same(old, wanted)
    return old

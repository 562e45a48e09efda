"""Work in forked processes: they start at once, and what they do can be cut short."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

_FORK = multiprocessing.get_context("fork")


def start(work: Callable[..., None], *arguments: Any) -> Any:
    """A process, started."""
    process = _FORK.Process(target=work, args=arguments)
    process.start()
    return process


def pipe() -> tuple[Connection, Connection]:
    return _FORK.Pipe(duplex=False)


def barrier(parties: int) -> Any:
    return _FORK.Barrier(parties)


def in_child(work: Callable[[], Any]) -> Any:
    """What a function returns in a process of its own; an error comes back as its text."""
    receiver, sender = pipe()

    def run() -> None:
        try:
            sender.send(work())
        except BaseException as error:  # noqa: BLE001 - the parent judges it
            sender.send(f"{type(error).__name__}: {error}")

    process = start(run)
    # Without this, a child that dies would leave its parent waiting.
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join(60)

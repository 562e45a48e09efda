"""What of the machine decides the last bits of what a model gives."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.checkpoints import Checkpoint

# Sums are split among threads, so another number of them gives other last bits.
THREADS = "threads"
DEVICE = "device"


def machine_of(checkpoint: Checkpoint) -> dict[str, str]:
    """Where a checkpoint computes.

    Args:
        checkpoint: The model.

    Returns:
        ``device``, the kind of processor, and ``threads``, those of torch.
    """
    import torch

    if checkpoint.device.type == "cuda":
        device = torch.cuda.get_device_name(checkpoint.device)
    else:
        device = f"{checkpoint.device.type} {torch.backends.cpu.get_cpu_capability()}"
    return {DEVICE: device, THREADS: str(torch.get_num_threads())}


def use_threads(provenance: Mapping[str, str]) -> None:
    """Let torch compute with as many threads as the batch was begun with, from this thread on.

    Args:
        provenance: Of its manifest.
    """
    import torch

    if THREADS in provenance:
        torch.set_num_threads(int(provenance[THREADS]))

"""Cells for spreadsheets."""

from __future__ import annotations

# A cell that starts with one of these would be run as a formula by a spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Args:
        cell: Any text.

    Returns:
        The same, behind an apostrophe where it starts like a formula.
    """
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell

"""How much a method may evaluate: three sizes to choose from."""

from __future__ import annotations

# Evaluations for SHAP and samples for LIME.
BUDGETS = {
    "Quick": {"shap": 200, "lime": 300},
    "Standard": {"shap": 500, "lime": 1000},
    "Thorough": {"shap": 2000, "lime": 5000},
}


def budget_help() -> str:
    """What the budgets stand for, for a tip."""
    return "; ".join(
        f"{name}: {sizes['shap']:,} evaluations for SHAP, {sizes['lime']:,} samples for LIME"
        for name, sizes in BUDGETS.items()
    )

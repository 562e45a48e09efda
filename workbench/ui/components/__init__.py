"""Pieces of pages, one a file. Each builds HTML from results, all text escaped, and shows it."""

from workbench.ui.components.compare_file import compare_file_panel, half_choice, restore_comparison
from workbench.ui.components.compare_review import compare_review_panel
from workbench.ui.components.compared import checkpoints_to_compare
from workbench.ui.components.entities_found import found_panel
from workbench.ui.components.entities_keep import keep_entities
from workbench.ui.components.entities_settings import entities_sidebar
from workbench.ui.components.entities_text import sentence_box
from workbench.ui.components.entities_tokens import tagged_tokens
from workbench.ui.components.entities_why import why_entity
from workbench.ui.components.history_actions import history_actions
from workbench.ui.components.history_filters import history_filters, history_search
from workbench.ui.components.history_pair import history_pair
from workbench.ui.components.history_rows import history_rows
from workbench.ui.components.keeping import downloads, keep_explanation
from workbench.ui.components.learn import guided_tour
from workbench.ui.components.methods import methods_panel
from workbench.ui.components.native import native_views
from workbench.ui.components.review import review_box
from workbench.ui.components.saved_run import open_from_address, saved_banner
from workbench.ui.components.settings import settings_sidebar
from workbench.ui.components.stages import stages
from workbench.ui.components.verdict import verdict
from workbench.ui.components.whatif import what_if

__all__ = [
    "checkpoints_to_compare",
    "compare_file_panel",
    "compare_review_panel",
    "downloads",
    "entities_sidebar",
    "found_panel",
    "guided_tour",
    "half_choice",
    "history_actions",
    "history_filters",
    "history_pair",
    "history_rows",
    "history_search",
    "keep_entities",
    "keep_explanation",
    "methods_panel",
    "native_views",
    "open_from_address",
    "restore_comparison",
    "review_box",
    "saved_banner",
    "sentence_box",
    "settings_sidebar",
    "stages",
    "tagged_tokens",
    "verdict",
    "what_if",
    "why_entity",
]

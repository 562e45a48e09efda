"""Use cases: what the command line, the pages and a notebook call."""

from workbench import comparison_view, entity_view, render
from workbench.pipeline import find_entities, find_entities_many
from workbench.services.assessing import PARTS, assess, with_spreads
from workbench.services.attention_report import attention_view
from workbench.services.common_target import common_targets, difference_obstacle, scales_for
from workbench.services.comparing import check_chosen, compare
from workbench.services.comparing_file import compare_file
from workbench.services.comparing_words import disagreement_words, most_disagreeing, words_of
from workbench.services.differing import explain_difference, summable_targets
from workbench.services.entity_lessons import entity_lessons
from workbench.services.evaluating import evaluate
from workbench.services.explaining import explain, explain_one
from workbench.services.explaining_disagreement import explain_disagreement
from workbench.services.exporting import export_run, export_runs
from workbench.services.finding import (
    ENTITY_METHODS,
    entities_report,
    entity_methods,
    explain_entity,
    explain_entity_one,
)
from workbench.services.history import (
    Kept,
    annotate_run,
    damaged_histories,
    delete_runs,
    find_runs,
    full_run_id,
    history_enabled,
    history_notices,
    history_place,
    keep_run,
    new_run,
    open_run,
    restore_runs,
    run_facets,
)
from workbench.services.lessons import lessons
from workbench.services.methods import (
    DEFAULT_METHODS,
    choose_methods,
    make_options,
    method_names,
    methods_for,
    options_from_json,
    parse_unit,
)
from workbench.services.reporting import (
    check_report_file,
    report_name,
    save_comparison,
    save_report,
)
from workbench.services.running import provenance
from workbench.services.selecting import explain_selection
from workbench.services.verifying import verify
from workbench.services.what_if import smallest_removal, word_replacements
from workbench.triage import (
    Dataset,
    Thresholds,
    explained_kinds,
    figures,
    fit_temperature,
    probe_word,
    reliability,
    scaling_obstacle,
    shortcut_candidates,
    shortcut_verdict,
    slice_sizes,
    slices,
    thresholds,
    word_differences,
    word_scores,
)

__all__ = [
    "DEFAULT_METHODS",
    "ENTITY_METHODS",
    "PARTS",
    "Dataset",
    "Kept",
    "Thresholds",
    "annotate_run",
    "assess",
    "attention_view",
    "check_chosen",
    "check_report_file",
    "choose_methods",
    "common_targets",
    "compare",
    "compare_file",
    "comparison_view",
    "damaged_histories",
    "delete_runs",
    "difference_obstacle",
    "disagreement_words",
    "entities_report",
    "entity_lessons",
    "entity_methods",
    "entity_view",
    "evaluate",
    "explain",
    "explain_difference",
    "explain_disagreement",
    "explain_entity",
    "explain_entity_one",
    "explain_one",
    "explain_selection",
    "explained_kinds",
    "export_run",
    "export_runs",
    "figures",
    "find_entities",
    "find_entities_many",
    "find_runs",
    "fit_temperature",
    "full_run_id",
    "history_enabled",
    "history_notices",
    "history_place",
    "keep_run",
    "lessons",
    "make_options",
    "method_names",
    "methods_for",
    "most_disagreeing",
    "new_run",
    "open_run",
    "options_from_json",
    "parse_unit",
    "probe_word",
    "provenance",
    "reliability",
    "render",
    "report_name",
    "restore_runs",
    "run_facets",
    "save_comparison",
    "save_report",
    "scales_for",
    "scaling_obstacle",
    "shortcut_candidates",
    "shortcut_verdict",
    "slice_sizes",
    "slices",
    "smallest_removal",
    "summable_targets",
    "thresholds",
    "verify",
    "with_spreads",
    "word_differences",
    "word_replacements",
    "word_scores",
    "words_of",
]

"""Use cases: what the command line, the pages and a notebook call."""

from workbench import render
from workbench.services.assessing import PARTS, assess, with_spreads
from workbench.services.comparing_file import compare_file
from workbench.services.comparing_words import disagreement_words
from workbench.services.evaluating import evaluate
from workbench.services.explaining import explain, explain_one, save_report
from workbench.services.methods import (
    DEFAULT_METHODS,
    choose_methods,
    make_options,
    method_names,
    methods_for,
    options_from_json,
    parse_unit,
)
from workbench.services.running import provenance
from workbench.services.what_if import smallest_removal, word_replacements

__all__ = [
    "DEFAULT_METHODS",
    "PARTS",
    "assess",
    "choose_methods",
    "compare_file",
    "disagreement_words",
    "evaluate",
    "explain",
    "explain_one",
    "make_options",
    "method_names",
    "methods_for",
    "options_from_json",
    "parse_unit",
    "provenance",
    "render",
    "save_report",
    "smallest_removal",
    "with_spreads",
    "word_replacements",
]

"""Predicting and explaining files that are too large to look at row by row; see ``workbench.schema.batch``."""

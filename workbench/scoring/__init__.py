"""The one door to the model: every forward pass of a perturbed text goes through a scorer.

It drops duplicates, looks up what was evaluated before, sorts the rest by length, batches by positions rather than
rows, merges what several runs ask for, counts, reports progress, and stops when told to. Texts are told apart by their
token ids: two strings that the model cannot tell apart are evaluated once.
"""

from workbench.scoring.rounds import Rounds
from workbench.scoring.run import Progress, Run
from workbench.scoring.scorer import Scorer, scorer_of

__all__ = ["Progress", "Rounds", "Run", "Scorer", "scorer_of"]

"""Why a row has its tags, with the numbers that decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.schema import Tag, TagRules, TriageRow


def reason(tag: Tag, row: TriageRow, labels: Sequence[str], rules: TagRules) -> str:
    """Why a row has a tag.

    Args:
        tag: One of the row's.
        row: The row.
        labels: Of the checkpoint, in the order of the probabilities.
        rules: From where on a row gets a tag.

    Returns:
        A phrase, not escaped.
    """
    return _REASONS[tag](row, labels, rules)


def _confident_wrong(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    sure = f"{row.label} with {_number(row.confidence)}, at least {rules.confident:g}"
    return f"{sure}, where the label is {row.right_label}"


def _near_tie(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    if row.margin is not None and row.margin < rules.tie:
        return f"{_number(row.margin)} before the runner-up, less than {rules.tie:g}"
    return f"the probability of some label is less than {rules.tie / 2:g} from one half"


def _truncated(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    tokens = f"{row.tokens_read or 0:,} of {row.tokens or 0:,} tokens were read"
    return f"{tokens}; reading stopped at character {row.unread_from or 0:,} of {row.characters or 0:,}"


def _very_long(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    return f"{row.words or 0:,} words, more than {rules.long_quantile:.0%} of the rows have"


def _unknown_tokens(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    unknown, read = row.unknown or 0, row.tokens_read or 0
    share = f" ({unknown / read:.0%})" if read else ""
    return f"{unknown:,} of the {read:,} tokens that were read{share}, at least {rules.unknown:.0%}"


def _other_language(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    return f"“{row.language}”, as guessed with {_number(row.language_share)}, at least {rules.language:g}"


def _duplicate(row: TriageRow, _: Sequence[str], rules: TagRules) -> str:
    return "another row has the same text but for case and white space"


def _label_issue(row: TriageRow, labels: Sequence[str], rules: TagRules) -> str:
    given = dict(zip(labels, row.probabilities, strict=False)).get(row.right_label or "")
    said = "" if given is None else f"{row.right_label} has {_number(given)}; "
    return f"{said}another label is at least as probable as it usually is where it applies"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


_REASONS: dict[Tag, Callable[[TriageRow, Sequence[str], TagRules], str]] = {
    Tag.CONFIDENT_WRONG: _confident_wrong,
    Tag.NEAR_TIE: _near_tie,
    Tag.TRUNCATED: _truncated,
    Tag.VERY_LONG: _very_long,
    Tag.UNKNOWN_TOKENS: _unknown_tokens,
    Tag.OTHER_LANGUAGE: _other_language,
    Tag.DUPLICATE: _duplicate,
    Tag.LABEL_ISSUE: _label_issue,
}

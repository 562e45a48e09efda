"""Tags: what is remarkable about a row. DuckDB computes them from the columns once, when a data set is opened.

Only rows that were predicted have tags. ``TagRules`` holds the numbers; ``docs/datasets.md`` says the same for users.

- *confident and wrong*: the prediction is not the right label, and its confidence is at least ``confident``.
- *near tie*: the margin before the runner-up is below ``tie``. Where labels hold one by one there is no runner-up:
  there, some label's probability is as near to one half that it lies less than ``tie`` before its opposite.
- *truncated*: the model did not read the text to its end.
- *very long*: more words than the quantile ``long_quantile`` of all rows, and at least ``long_words``.
- *mostly unknown tokens*: at least the share ``unknown`` of the tokens that were read.
- *other language*: another one than most rows have, guessed with a certainty of at least ``language`` from at least
  ``language_words`` words.
- *duplicate*: another row has the same text in Unicode's form NFC, in lower case and with runs of white space as one
  space.
- *label may be wrong*: confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068). A label's threshold is
  its mean probability over the rows that have it as their right label. A row is tagged where another label than the
  given one reaches its threshold, and the given one does not reach its own or is less probable. Not where labels hold
  one by one: the method counts on exactly one being right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.schema import Activation, Tag, TagRules

if TYPE_CHECKING:
    import duckdb

# Sums depend on the order of their terms in the last digits; equal probabilities reach their own mean all the same.
_ROUNDING = 1e-9

# White space as Python's str.split takes it: RE2's \s knows less.
_SPACE = r"[\s\x0b\x1c-\x1f\x{85}\p{Z}]"
# Most texts need neither of the two slow functions, which is found far faster than they are called.
_UNEVEN = (
    rf"^ | $|{_SPACE}{{2}}|"
    r"[\t-\r\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
)
# A text without such signs is its own form NFC: Latin, Cyrillic, kana, ideographs, syllables of Hangul, emoji.
MAY_COMPOSE = (
    r"[^\x00-\x{2ff}\x{400}-\x{482}\x{48a}-\x{52f}\x{2010}-\x{2027}\x{20a0}-\x{20bf}\x{3000}-\x{3029}"
    r"\x{3041}-\x{3096}\x{30a0}-\x{30ff}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}\x{1f300}-\x{1faff}]"
)
# Rows of the same text share a digest: the texts themselves would fill the memory.
_COPIES = f"""
CREATE TABLE copies AS SELECT id FROM (
    SELECT id, md5_number(
        CASE WHEN regexp_matches(folded, '{_UNEVEN}') THEN trim(regexp_replace(folded, '{_SPACE}+', ' ', 'g'))
        ELSE folded END
    ) AS digest FROM (
        SELECT id, lower(
            CASE WHEN regexp_matches(text, '{MAY_COMPOSE}') THEN nfc_normalize(text) ELSE text END
        ) AS folded FROM shards WHERE error IS NULL
    )
) QUALIFY count(*) OVER (PARTITION BY digest) > 1
"""


def tag_rows(cursor: duckdb.DuckDBPyConnection, activation: Activation, labels: int, rules: TagRules) -> None:
    """Make the table ``tagged`` with the columns ``id`` and ``tags``, of rows that have some.

    Args:
        cursor: Of a database with the view ``shards``.
        activation: How the checkpoint's logits became probabilities.
        labels: How many it has.
        rules: From where on a row gets a tag.
    """
    conditions = _conditions(activation, rules)
    listed = ", ".join(f"CASE WHEN {sql} THEN '{tag.value}' END" for tag, sql in conditions.items())
    cursor.execute(_COPIES)
    cursor.execute("CREATE TABLE facts (longest INTEGER, commonest VARCHAR, thresholds DOUBLE[])")
    cursor.execute("INSERT INTO facts VALUES (?, ?, ?)", _facts(cursor, labels, rules))
    cursor.execute(
        "CREATE TABLE tagged AS "
        f"SELECT * FROM (SELECT id, list_filter([{listed}], lambda tag: tag IS NOT NULL) AS tags "
        "FROM shards, facts WHERE error IS NULL) WHERE len(tags) > 0"
    )


def _conditions(activation: Activation, rules: TagRules) -> dict[Tag, str]:
    exclusive = activation is Activation.SOFTMAX
    halves = "list_min(list_transform(probabilities, lambda chance: abs(2 * chance - 1)))"
    conditions = {
        Tag.CONFIDENT_WRONG: f"is_right = FALSE AND confidence >= {rules.confident!r}",
        Tag.NEAR_TIE: f"{'margin' if exclusive else halves} < {rules.tie!r}",
        Tag.TRUNCATED: "unread_from IS NOT NULL",
        Tag.VERY_LONG: f"words > longest AND words >= {rules.long_words}",
        Tag.UNKNOWN_TOKENS: f"unknown >= {rules.unknown!r} * tokens_read",
        Tag.OTHER_LANGUAGE: (
            f"language <> commonest AND language_share >= {rules.language!r} AND words >= {rules.language_words}"
        ),
        Tag.DUPLICATE: "id IN (SELECT id FROM copies)",
    }
    return conditions | ({Tag.LABEL_ISSUE: _label_issue()} if exclusive else {})


def _label_issue() -> str:
    reached = f"chance >= thresholds[place] - {_ROUNDING!r}"
    best = (
        f"list_max(list_transform(probabilities, lambda chance, place: CASE WHEN {{}} AND {reached} THEN chance END))"
    )
    # Whatever is compared with null is null, which no row is tagged for.
    return f"{best.format('place <> truth + 1')} > coalesce({best.format('place = truth + 1')}, -1)"


def _facts(cursor: duckdb.DuckDBPyConnection, labels: int, rules: TagRules) -> list[object]:
    """What rows are compared with: the quantile of words, the commonest language, the thresholds of the labels."""
    (longest,) = cursor.execute(
        "SELECT quantile_disc(words, ?) FROM shards WHERE error IS NULL", [rules.long_quantile]
    ).fetchall()[0]
    languages = cursor.execute(
        "SELECT language FROM shards WHERE error IS NULL AND language IS NOT NULL "
        "GROUP BY language ORDER BY count(*) DESC, language LIMIT 1"
    ).fetchall()
    means: dict[int, float] = dict(
        cursor.execute(
            "SELECT truth, avg(probabilities[truth + 1]) FROM shards "
            "WHERE error IS NULL AND truth IS NOT NULL GROUP BY truth"
        ).fetchall()
    )
    return [longest, languages[0][0] if languages else None, [means.get(label) for label in range(labels)]]

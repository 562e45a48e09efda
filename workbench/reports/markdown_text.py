"""Any text as Markdown that shows it and does nothing else: no markup, link, mention or reference comes of it."""

from __future__ import annotations

import regex

from workbench.reports.signs import visible

# Sites look for mentions, references, addresses and emoji in the rendered text, where a backslash no longer counts.
# A space of no width, put where these patterns match, parts them; the user's own such spaces are written out before.
_PARTED = regex.compile(
    r"""(?ix)
      (?<=[@\#!%~$&^])(?=\w)          # @name, #1, and GitLab's !1 %1 ~1 $1 &1
    | (?<=:)(?=//|[\w+-]+:)           # http://, :smile:
    | (?<=\bwww)(?=\.)
    | (?<=\bGH-)(?=\d)
    | (?<=(?<!\w)[0-9a-f])(?=[0-9a-f]{6,39}(?!\w))(?<=(?=\d*[a-f])(?=[a-f]*\d).)   # the hash of a commit
    """
)
_SPECIAL = regex.compile(r"[\\`*_\[\](){}#~|]")
# A dollar sign begins a formula on some sites, with a backslash or without.
# A dollar sign begins a formula on some sites, with a backslash or without.
_TRANSLATED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "\u200b": "&#8203;"})
# What makes a list, a heading, a rule or a table of a line.
_OPENS = regex.compile(r"(?m)^(?:[-+](?=\s|$)|[-=:](?=[-=:\s]*$))")
_NUMBERS = regex.compile(r"(?m)^(\d{1,9})([.)])(?=\s|$)")


def inline(text: str, after: str = "") -> str:
    """A text for the middle of a line.

    Args:
        text: Any text.
        after: What follows it on the page, as far as it may make a reference together with the text.

    Returns:
        Markdown; line ends stay, for ``block`` or ``cell``.
    """
    shown, follows = visible(text), visible(after)
    cuts = [one.start() for one in _PARTED.finditer(shown + follows) if 0 < one.start() <= len(shown)]
    parted = "\u200b".join(shown[start:end] for start, end in zip([0, *cuts], [*cuts, len(shown)], strict=True))
    return _SPECIAL.sub(r"\\\g<0>", parted).translate(_TRANSLATED)


def block(written: str) -> str:
    """Lines from ``inline`` as a paragraph of their own.

    Args:
        written: Markdown that may hold line ends.

    Returns:
        Markdown with a break for each line end, without white space at the ends of lines.
    """
    lines = "\n".join(line.strip() for line in written.strip().split("\n"))
    guarded = _NUMBERS.sub(r"\1\\\2", _OPENS.sub(r"\\\g<0>", lines))
    return guarded.replace("\n", "\\\n")


def cell(text: str) -> str:
    """A text for a table, a heading or an item of a list: on one line.

    Args:
        text: Any text.

    Returns:
        Markdown, with a sign in place of each line end.
    """
    return inline(text).strip().replace("\n", " ↵ ")

"""In which language a text is written, as far as its bytes tell: the library py3langid."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

# Fewer letters say nothing reliable.
FEWEST_LETTERS = 20
# Of a text so many characters are looked at: more take longer and change next to nothing.
_LOOKED_AT = 500


def guess_language(text: str) -> tuple[str, float] | tuple[None, None]:
    """The language of a text.

    Args:
        text: Any text.

    Returns:
        ISO 639-1 and how sure that is, from 0 to 1; none where the text has fewer than ``FEWEST_LETTERS`` letters.
    """
    piece = text[:_LOOKED_AT]
    if sum(1 for _ in islice(filter(str.isalpha, piece), FEWEST_LETTERS)) < FEWEST_LETTERS:
        return None, None
    language, share = _identifier().classify(piece)
    return str(language), float(share)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

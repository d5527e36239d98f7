"""The lexical index of one version: BM25 by Tantivy, over English stems. Derived from the catalog.

Each version has a folder of its own that never changes, so that its scores depend on nothing else: in a folder that
grows and shrinks, rows that were deleted still weigh in the word statistics. The articles are dealt into buckets by
their ids, and each bucket is a Tantivy segment; a version takes over the segments of the buckets in which nothing
changed, so that one article among many thousands is taken up in a second, and scores as it would in one segment.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import tantivy

from retrieval.corpus.asked_dates import AskedDate, counting_day, named_days
from retrieval.corpus.dates import date_words
from retrieval.corpus.names import with_abbreviations
from retrieval.errors import IndexDamaged
from retrieval.index.failures import translated
from retrieval.index.glance import LEXICON_FOLDER as FOLDER
from retrieval.index.seals import seal
from retrieval.weights import WEIGHTS, Weights

Row: TypeAlias = tuple[str, str, str, date | None]

WRITER_BYTES = 60_000_000

BUCKET_PASSAGES = 1_500
MOST_BUCKETS = 64
"""Each segment takes a question some .04 ms, and each passage of a bucket that changed takes .4 ms to index."""
REPORTED_ROWS = 20
FREQUENCIES = 20_000
"""Words of which an open index remembers in how many passages they are: a question looks up a hundred."""

FORMAT = "7"
"""Raised whenever the same passages would be indexed differently."""
_FORMAT_FILE = "format"
_META_FILE = "meta.json"
_SEGMENTS_FILE = "segments"
_WORK_FOLDER = "work"
_NEWEST_FILE = "newest"
"""Holds the newest day of publication, from which "last week" in a question counts; empty where none is known."""

_ANALYZER = "english"
_PLAIN = "plain"
_SPACED = "spaced"

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
    if text.isascii() and text.isalpha():
        return text  # one plain word, as most are that are looked up alone
    text = unicodedata.normalize("NFKC", text)
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text))
    text = _MONTH.sub(lambda match: _MONTHS[match[0][:3].lower()], text)
    return _THOUSANDS.sub("", _ACRONYM.sub(lambda match: match[0].replace(".", ""), text))


@cache
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


@cache
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
    index.register_tokenizer(_SPACED, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def terms(text: str) -> list[str]:
    """Return the stems that a text is searched by, in order, without question words."""
    return _analyzer().analyze(lexical_form(text))


def _form_key(name: str) -> str:
    """Return what a name is looked up by: its stems, or of one like WHO, that has none, itself in small letters."""
    return " ".join(terms(name)) or lexical_form(name).lower()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_ANALYZER)
    # As they are written, for their spellings.
    builder.add_text_field("words", tokenizer_name=_PLAIN, index_option="basic")
    # The key of each form of a name, a tab, and its other form, as in "popular mobil forc\tPMF".
    builder.add_text_field("forms", tokenizer_name="raw", index_option="basic")
    # The days that the text speaks of, as `date_words` writes them.
    builder.add_text_field("dates", tokenizer_name=_SPACED, index_option="basic")
    return builder.build()


@dataclass(frozen=True, slots=True)
class Source:
    """What a lexical index is built from: (article, revision, digest) of all articles, and what reads passages.

    `passages` yields (key, title, text, day of publication) of the passages of some revisions; `count` is how many
    there are of all.
    """

    revisions: Sequence[tuple[str, int, bytes]]
    passages: Callable[[Sequence[int]], Iterable[Row]]
    count: int


@dataclass(frozen=True, slots=True)
class _Segment:
    """One bucket's part of an index: what Tantivy's own description says of it, and the newest day of publication."""

    described: tuple[dict[str, Any], ...]
    newest: str

    @property
    def files(self) -> list[str]:
        """What its files' names begin with."""
        return [str(one["segment_id"]).replace("-", "") for one in self.described]


def build(
    data: Path, name: str, source: Source, like: str | None = None, report: Callable[[int], None] = lambda done: None
) -> None:
    """Build the folder `name`; what is the same in the folder `like` is taken over from it.

    `report` is told how many passages are done. Raises StorageError.
    """
    path = data / FOLDER / name
    with _translated(path):
        path.mkdir(parents=True)
        old = data / FOLDER / like if like else None
        kept = _segments(old) if old else {}
        segments: dict[str, _Segment] = {}
        done = 0
        for bucket in _dealt(source):
            digest = hashlib.blake2b(b"".join(one for _, _, one in bucket), digest_size=16).hexdigest()
            if old and digest in kept:
                segment = kept[digest]
                for stem in segment.files:
                    for file in old.glob(f"{stem}.*"):
                        _link(file, path / file.name)
            else:
                rows = source.passages([revision for _, revision, _ in bucket])
                segment = _built(path, _counted(rows, partial(_add, report, done)))
            segments[digest] = segment
            done += sum(one["max_doc"] for one in segment.described)
            report(done)
        _compose(path, segments)
        (path / _FORMAT_FILE).write_text(_format(path), encoding="ascii")


def _add(report: Callable[[int], None], before: int, done: int) -> None:
    report(before + done)


def _counted(rows: Iterable[Row], report: Callable[[int], None]) -> Iterator[Row]:
    for done, row in enumerate(rows):
        if done % REPORTED_ROWS == 0:
            report(done)
        yield row


def _dealt(source: Source) -> list[list[tuple[str, int, bytes]]]:
    """Deal the articles into a power of two of buckets, the same for the same articles, and drop empty ones."""
    count = 1
    while count < MOST_BUCKETS and source.count / count > BUCKET_PASSAGES:
        count *= 2
    buckets: list[list[tuple[str, int, bytes]]] = [[] for _ in range(count)]
    for one in source.revisions:
        buckets[zlib.crc32(one[0].encode("utf-8", "surrogatepass")) % count].append(one)
    return [bucket for bucket in buckets if bucket]


def _built(path: Path, rows: Iterable[Row]) -> _Segment:
    """Build one bucket in a folder of its own, move its files to `path` and return it."""
    work = path / _WORK_FOLDER
    work.mkdir()
    index = tantivy.Index(_schema(), str(work))
    _register(index)
    writer = index.writer(WRITER_BYTES, 1)
    newest: date | None = None
    for (key, title, text, published), abbreviations in with_abbreviations(rows):
        pairs = (pair for short, long in abbreviations for pair in ((short, long), (long, short)))
        forms = [f"{_form_key(one)}\t{other}" for one, other in pairs]
        newest = max(newest or published, published) if published else newest
        dates = date_words(text, published)
        title, text = lexical_form(title), lexical_form(text)
        writer.add_document(
            tantivy.Document(key=key, title=title, text=text, words=[title, text], forms=forms, dates=dates)
        )
    writer.commit()
    writer.wait_merging_threads()
    described = json.loads((work / _META_FILE).read_text(encoding="utf-8"))["segments"]
    segment = _Segment(tuple(described), newest.isoformat() if newest else "")
    for stem in segment.files:
        for file in work.glob(f"{stem}.*"):
            file.rename(path / file.name)
    shutil.rmtree(work)
    return segment


def _compose(path: Path, segments: Mapping[str, _Segment]) -> None:
    """Write what makes one index of the segments in a folder."""
    work = path / _WORK_FOLDER
    work.mkdir()
    tantivy.Index(_schema(), str(work))
    meta = json.loads((work / _META_FILE).read_text(encoding="utf-8"))
    shutil.rmtree(work)
    meta["segments"] = [one for segment in segments.values() for one in segment.described]
    stems = [stem for segment in segments.values() for stem in segment.files]
    files = sorted(file.name for stem in stems for file in path.glob(f"{stem}.*"))
    (path / _META_FILE).write_text(json.dumps(meta), encoding="utf-8")
    (path / ".managed.json").write_text(json.dumps([*files, _META_FILE]), encoding="utf-8")
    newest = max((segment.newest for segment in segments.values()), default="")
    (path / _NEWEST_FILE).write_text(newest, encoding="ascii")
    kept = {digest: [segment.described, segment.newest] for digest, segment in segments.items()}
    (path / _SEGMENTS_FILE).write_text(json.dumps(kept), encoding="utf-8")


def _segments(path: Path) -> dict[str, _Segment]:
    """Return the segments of a folder that is whole, by the digest of what is in them; none of any other."""
    try:
        if (path / _FORMAT_FILE).read_bytes() != _format(path).encode("ascii"):
            return {}
        kept = json.loads((path / _SEGMENTS_FILE).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return {digest: _Segment(tuple(described), newest) for digest, (described, newest) in kept.items()}


def _link(file: Path, to: Path) -> None:
    """Have the same file under another name; where links are not to be had, a copy."""
    try:
        to.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, to)


class Lexicon:
    """A version's lexical index, open for searching."""

    def __init__(self, index: tantivy.Index, newest: date | None) -> None:
        _register(index)
        self.newest = newest
        self._schema = index.schema
        self._searcher = index.searcher()
        # Not of a method: it would hold the lexicon of an old version open.
        self._frequency = lru_cache(FREQUENCIES)(self._searcher.doc_freq)

    @classmethod
    def open(cls, data: Path, name: str) -> Lexicon:
        """Open the folder. Raises IndexDamaged where it is missing or not as it was built."""
        path = data / FOLDER / name
        with _translated(path):
            if (path / _FORMAT_FILE).read_bytes() != _format(path).encode("ascii"):
                raise ValueError("its files are not those that were written")
            newest = (path / _NEWEST_FILE).read_text(encoding="ascii")
            return cls(tantivy.Index.open(str(path)), date.fromisoformat(newest) if newest else None)

    @property
    def size(self) -> int:
        """The number of passages."""
        return self._searcher.num_docs

    def counting_day(self, today: date | None = None) -> date | None:
        """Return the day from which "last week" counts, for who asks today; this very day by default."""
        return counting_day(self.newest, today or date.today())

    def keys(self) -> set[str]:
        """Return the keys of all passages."""
        hits = self._searcher.search(tantivy.Query.all_query(), limit=max(1, self.size)).hits
        return {self._key(address) for _, address in hits}

    def query(
        self,
        text: str,
        limit: int,
        days: Sequence[AskedDate] = (),
        forms: Mapping[str, Iterable[str]] | None = None,
        today: date | None = None,
        weights: Weights = WEIGHTS,
    ) -> list[tuple[str, float]]:
        """Return up to `limit` (key, BM25 score), best first; none where no word of the text is in the index.

        `forms` are other stems, by the stem that they may stand for, or several with a space between: of all forms of
        a word, the one that a passage has counts, and of several the best.
        Passages that speak of a day that the text names count more, however they write it, and so do those that speak
        of one of `days`. "Last week" counts as in `counting_day`.
        """
        named = named_days(text, self.counting_day(today))
        clauses = [(tantivy.Occur.Should, self._on(one, weights.day)) for one in (*named, *days)]
        beside_days = set(terms(_without_days(text, named)))
        forms = forms or {}
        for word in dict.fromkeys([*terms(text), *forms]):
            in_text = 1.0 if word in beside_days or word in forms else weights.day_word
            for field, boost in (("text", in_text), ("title", in_text * weights.title)):
                in_field = self._any_form(field, [word, *forms.get(word, ())])
                clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(in_field, boost)))
        for match in _QUOTED.finditer(text):
            phrase = terms(match[0])
            if len(phrase) > 1:
                # The stop words between leave gaps, as they do in the index.
                exact = tantivy.Query.phrase_query(self._schema, "text", list(phrase), slop=len(match[0].split()))
                clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(exact, weights.phrase)))
        if not clauses:
            return []
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=max(1, limit)).hits
        return [(self._key(address), score) for score, address in hits]

    def _on(self, asked: AskedDate, boost: float) -> tantivy.Query:
        """Return a query for passages that speak of those days; the day that fits best counts."""
        return tantivy.Query.disjunction_max_query(
            [
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self._schema, "dates", word, "basic"), boost * weight
                )
                for word, weight in asked.words().items()
            ]
        )

    def _any_form(self, field: str, forms: Iterable[str]) -> tantivy.Query:
        """Return a query for any of the forms; that of several words counts as one word."""
        queries = []
        for stems in map(str.split, forms):
            if len(stems) == 1:
                queries.append(tantivy.Query.term_query(self._schema, field, stems[0], "freq"))
            elif field == "text":
                phrase = tantivy.Query.phrase_query(self._schema, field, list(stems))
                queries.append(tantivy.Query.boost_query(phrase, 1 / len(stems)))
        return tantivy.Query.disjunction_max_query(queries) if len(queries) > 1 else queries[0]

    def document_frequency(self, word: str) -> int:
        """Return how many passages hold a stem, as `terms` gives it."""
        return self._frequency("text", word)

    def holds_phrase(self, stems: Sequence[str], passages: int = 1) -> bool:
        """Say whether so many passages have these stems side by side."""
        phrase = tantivy.Query.phrase_query(self._schema, "text", list(stems))
        return len(self._searcher.search(phrase, limit=passages).hits) == passages

    def words(self, beginning: str) -> list[str]:
        """Return the corpus's unstemmed words that begin so, as they are written but for accents."""
        return [word for word, _ in self._searcher.terms_with_prefix("words", beginning)]

    def passages_with(self, word: str) -> int:
        """Return how many passages hold a word in this very writing, accents apart."""
        written = _plain_analyzer().analyze(word)
        return self._frequency("words", written[0]) if len(written) == 1 else 0

    def other_forms(self, beginning: str) -> list[tuple[str, str, int]]:
        """Return (stems, other form, articles) of each abbreviation or long form whose stems begin so.

        The stems have spaces between and a tab behind; a name without any is its own stem, in small letters.
        """
        found = self._searcher.terms_with_prefix("forms", beginning)
        parts = ((*form.partition("\t"), articles) for form, articles in found)
        return [(stems, other, articles) for stems, _, other, articles in parts]

    def _key(self, address: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(address)["key"][0])


def _without_days(text: str, named: Sequence[AskedDate]) -> str:
    """Return the text without the days and months that it names; a year says itself what it means."""
    for one in reversed(named):
        if (one.last - one.first).days < 31:
            text = f"{text[: one.start]} {text[one.end :]}"
    return text


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

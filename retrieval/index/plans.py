"""Plans: what a change would make of the live version, worked out in full before anything is switched.

A plan may be thrown away at any time: all that it has written are revisions that no version holds.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath

from retrieval.config import Settings
from retrieval.corpus.articles import article_of
from retrieval.corpus.files import ENDINGS, Unreadable
from retrieval.corpus.metadata import stated
from retrieval.embedding.providers import fingerprint
from retrieval.errors import CorpusError, IndexDamaged, NotAnArticle, UnknownArticle, UnknownVersion, UsageError
from retrieval.index.catalog import Catalog, Held, ManifestEntry, Owner
from retrieval.index.lexicon import Lexicon
from retrieval.index.reading import content_digest, manifest_header, nothing_to_read, read_folder, stored
from retrieval.index.staging import Staging
from retrieval.models import (
    Add,
    Change,
    Phase,
    Plan,
    Progress,
    Rebuild,
    Remove,
    Reporter,
    Rollback,
    Skipped,
    Update,
    Upload,
    Version,
)

MOST_COMPARED = 200
"""New articles that are held against all others for near-duplicates; a first index has thousands, and nobody reads."""
NEIGHBOURS = 20
SHINGLE = 5
NEARLY_SAME = 0.6
"""Of the runs of five words of the shorter article, the share that the other has too."""

_NAME_CHARACTERS = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 80
_MARKUP = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-z!/][^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft(Plan):
    """A plan with all that it takes to carry it out.

    `held` is what the new version holds, by article; `kept_out` the files whose articles were removed by command;
    `manifest` what was seen of the corpus folder, None where it was not looked at. `like` is the version that a
    rollback goes back to; `seconds` went into the plan.
    """

    held: Mapping[str, Held]
    kept_out: Mapping[str, bytes]
    manifest: tuple[ManifestEntry, ...] | None
    header: str
    model: str
    embedding: str
    like: Version | None = None
    seconds: float = 0.0


class Planner:
    """Makes plans. The caller owns the data folder."""

    def __init__(self, settings: Settings, catalog: Catalog, report: Reporter) -> None:
        self._settings = settings
        self._catalog = catalog
        self._staging = Staging(catalog)
        self._report = report
        self._live = catalog.live()
        self._held = self._staging.held(self._live.id) if self._live else {}
        self._kept_out = self._staging.kept_out(self._live.id) if self._live else {}

    def plan(self, change: Change, *, compare: bool) -> Draft:
        """Work a change out; `compare` holds new articles against the others for duplicates.

        Raises CorpusError, UsageError with the way out, and StorageError.
        """
        started = time.monotonic()
        match change:
            case Update():
                draft = self._from_folder("update", everything=False)
            case Rebuild():
                draft = self._from_folder("rebuild", everything=True)
            case Add(uploads):
                draft = self._add(uploads)
            case Remove(article):
                draft = self._remove(article)
            case Rollback(version):
                draft = self._roll_back(version)
        notices = (*self._other_model(draft), *draft.notices, *(self._duplicates(draft) if compare else ()))
        return replace(draft, notices=notices, seconds=time.monotonic() - started)

    # The corpus folder

    def _from_folder(self, action: str, *, everything: bool) -> Draft:
        reading = read_folder(self._settings, self._staging, self._report, everything=everything)
        held = {id: one for id, one in self._held.items() if not reading.whole or one.owner is Owner.COMMAND}
        kept_out = dict(self._kept_out)
        skipped = list(reading.skipped)
        for id in (*reading.gone, *(id for id, (revision, _) in reading.read.items() if revision is None)):
            if id in held and held[id].owner is Owner.FOLDER:
                del held[id]
        for id, (revision, path) in reading.read.items():
            if path in kept_out:
                if content_digest(self._settings.corpus.path, path) == kept_out[path]:
                    skipped.append(Skipped(path, "it was removed by command, and comes back when its text changes"))
                    continue
                del kept_out[path]
            if id in held and held[id].owner is Owner.COMMAND:
                if revision is not None and revision != held[id].revision:
                    skipped.append(Skipped(path, "an article of its name was added by command; remove that one first"))
            elif revision is not None:
                held[id] = Held(revision, Owner.FOLDER)
        there = {file.path for file in reading.found.files}
        kept_out = {path: digest for path, digest in kept_out.items() if path in there}
        if not held:
            raise CorpusError(nothing_to_read(self._settings.corpus.path, reading.found, skipped))
        return replace(
            self._draft(action, held, kept_out),
            skipped=tuple(skipped),
            ignored=reading.found.ignored,
            manifest=tuple(reading.manifest),
        )

    # Articles by command

    def _add(self, uploads: Iterable[Upload]) -> Draft:
        held, notices, skipped = dict(self._held), [], []
        kept_out = dict(self._kept_out)
        taken: set[str] = set()
        for upload in uploads:
            label = upload.name or upload.title or "the text"
            try:
                id = self._stored_upload(upload, taken)
            except Unreadable as error:
                skipped.append(Skipped(_shown(label), str(error)))
                continue
            taken.add(id[0])
            if id[0] in self._held:
                notices.append(f"{id[0]} is there already, and would be replaced.")
            held[id[0]] = Held(id[1], Owner.COMMAND)
        if not taken:
            raise NotAnArticle(
                "; ".join(f"{one.path}: {one.reason}" for one in skipped) + ". Nothing was changed."
                if skipped
                else "There is nothing to add. Give a .txt, .md or .html file, or a text with its title."
            )
        return replace(self._draft("add", held, kept_out), skipped=tuple(skipped), notices=tuple(notices))

    def _stored_upload(self, upload: Upload, taken: set[str]) -> tuple[str, int]:
        name, limit = upload.name, self._settings.corpus.max_bytes
        if len(upload.content) > limit:
            raise Unreadable(
                f"it has {len(upload.content) / 1e6:,.1f} MB; the limit is {limit / 1e6:,.1f} MB ([corpus] max_file_mb)"
            )
        if name:
            if name in (".", "..") or PurePosixPath(name).name != name or PureWindowsPath(name).name != name:
                raise Unreadable("its name is a path; give a plain file name")
            ending = PurePosixPath(name).suffix.lower()
            if ending not in ENDINGS:
                raise Unreadable(f"it is no article; those end in {', '.join(ENDINGS)}")
            id = _as_id(PurePosixPath(name).stem)
        else:
            if not (upload.title or "").strip():
                raise Unreadable("it has no title, by which to name it")
            ending, id = ".txt", _as_id(upload.title or "")
        if not id:
            raise Unreadable("its name has no letters or digits; give it one")
        if id in taken:
            raise Unreadable(f"another one that is added has the same name, {id}")
        try:
            supplied = stated(
                "what was given with it",
                title=upload.title,
                publisher=upload.publisher,
                published=upload.published,
                url=upload.url,
            )
        except ValueError as error:
            raise Unreadable(str(error)) from error
        try:
            article = article_of(id, ending, upload.content, supplied)
        except RecursionError as error:
            raise Unreadable("its markup is nested too deeply to be read") from error
        has_markup = _MARKUP.match(article.text if ending != ".html" else "") is not None
        if has_markup:
            raise Unreadable("it is an HTML page; give its name the ending .html")
        if ending == ".html" and not _TAG.search(upload.content[:100_000].decode("latin-1")):
            raise Unreadable("it is no HTML page; give its name the ending .txt")
        with self._catalog.transaction():
            return id, stored(self._staging, article)

    def _remove(self, article: str) -> Draft:
        if article not in self._held:
            raise UnknownArticle(f"There is no article {article!r} in the index. `embassy-bot sources` lists all.")
        if len(self._held) == 1:
            raise UsageError(f"{article} is the only article; add another one before you remove it.")
        held, kept_out = dict(self._held), dict(self._kept_out)
        gone = held.pop(article)
        if gone.owner is Owner.FOLDER:
            for entry in self._staging.manifest().values():
                if entry.article == article:
                    digest = content_digest(self._settings.corpus.path, entry.path)
                    if digest is not None:
                        kept_out[entry.path] = digest
        return self._draft("remove", held, kept_out)

    # Versions

    def _roll_back(self, id: int) -> Draft:
        version = self._catalog.version(id)
        if version is None:
            kept = ", ".join(str(one.id) for one in self._catalog.versions())
            raise UnknownVersion(
                f"There is no version {id}. Kept are {kept or 'none'}; see `embassy-bot index history`."
            )
        if self._live and id == self._live.id:
            raise UsageError(f"Version {id} is the one that answers now.")
        draft = self._draft("rollback", self._staging.held(id), self._staging.kept_out(id), version)
        return replace(draft, changes_anything=True)

    # What they have in common

    def _draft(
        self, action: str, held: Mapping[str, Held], kept_out: Mapping[str, bytes], like: Version | None = None
    ) -> Draft:
        old = self._held
        added = [one.revision for id, one in held.items() if id not in old]
        removed = [one.revision for id, one in old.items() if id not in held]
        changed = [one.revision for id, one in held.items() if id in old and old[id].revision != one.revision]
        model = like.model if like else fingerprint(self._settings.embedding)
        self._staging.stage(one.revision for one in held.values())
        differs = bool(added or removed or changed or action == "rebuild")
        return Draft(
            action=action,
            base=self._live.id if self._live else None,
            added=self._staging.differences(added),
            changed=self._staging.differences(changed),
            removed=self._staging.differences(removed),
            unchanged=len(held) - len(added) - len(changed),
            skipped=(),
            ignored={},
            notices=(),
            embed=self._staging.find_unembedded(model),
            changes_anything=differs or self._live is None or self._live.model != model or held != old,
            held=held,
            kept_out=kept_out,
            manifest=None,
            header=manifest_header(self._settings),
            model=model,
            embedding=like.embedding if like else self._settings.embedding.model_dump_json(),
            like=like,
        )

    def _other_model(self, draft: Draft) -> Iterable[str]:
        if self._live and self._live.model != draft.model:
            yield f"The embedding model changes from {self._live.model} to {draft.model}."

    def _duplicates(self, draft: Draft) -> Iterable[str]:
        """Yield what is there already under another name, word for word or nearly so."""
        new = [one.article for one in (*draft.added, *draft.changed)]
        if self._live is None or draft.like is not None or not new or len(new) > MOST_COMPARED:
            return
        try:
            lexicon = Lexicon.open(self._settings.data.path, self._live.lexicon)
        except IndexDamaged:
            # The run that is planned makes it anew.
            return
        for done, id in enumerate(new):
            self._report(Progress(Phase.COMPARING, done, len(new)))
            revision = draft.held[id].revision
            if same := [other for other in self._staging.same_text(revision, self._live.id) if other in draft.held]:
                yield f"{id} has the very text of {', '.join(same)}."
                continue
            text = self._staging.text(revision)
            keys = [key for key, _ in lexicon.query(text, NEIGHBOURS)]
            near = {one.article for one in self._catalog.passages(self._live.id, keys).values()}
            for other in sorted(near - {id} & draft.held.keys()):
                shared = _shared(text, self._staging.text(self._held[other].revision))
                if shared >= NEARLY_SAME:
                    yield f"{id} is nearly the same as {other}: {shared:.0%} of it."
                    break


def _shared(one: str, other: str) -> float:
    """Return the share of the shorter text's runs of words that the other has too."""
    runs = sorted((_runs(one), _runs(other)), key=len)
    return len(runs[0] & runs[1]) / len(runs[0]) if runs[0] else 0.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)}


def _as_id(name: str) -> str:
    """Return a name as an article's id: letters, digits, points and hyphens."""
    plain = unicodedata.normalize("NFC", name).strip()
    return _NAME_CHARACTERS.sub("-", plain).strip("-._")[:_LONGEST_NAME].rstrip("-._")


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_NAME]

"""The JSON that the commands print: contracts with other programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from retrieval.models import (
    Answer,
    Article,
    ArticleSummary,
    AuditEntry,
    BackupContents,
    BackupReport,
    Citation,
    ClaimCheck,
    Difference,
    Evidence,
    IndexReport,
    MoveReport,
    Plan,
    RestoreReport,
    SearchHit,
    Status,
    Timeline,
    Verification,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.gaps import Gap
    from retrieval.models import Version

Json = dict[str, Any]


def write(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line of standard output, at once; as UTF-8, whatever the terminal's encoding."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def answer(given: Answer) -> Json:
    """Return the shape of `ask --json`."""
    return {
        "question": given.question,
        "verdict": given.verdict.value,
        "mode": given.mode,
        "answer": f"{given.text}\n{given.degraded}" if given.degraded else given.text,
        "citations": [citation(one) for one in given.citations],
        "passages": passages(given.hits),
        "timings_ms": {
            "embed": round(given.timings.embed, 2),
            "search": round(given.timings.search, 2),
            "answer": round(given.timings.answer, 2),
            "total": round(given.timings.total, 2),
        },
    }


def citation(given: Citation) -> Json:
    """Return one entry of `citations`."""
    return {
        "number": given.number,
        "article": given.article,
        "title": given.title,
        "publisher": given.publisher,
        "published": _day(given.published),
        "url": given.url,
        "paragraph": given.paragraph,
        "quote": given.quote,
        "start": given.start,
        "end": given.end,
    }


def timeline(given: Timeline) -> Json:
    """Return the shape of `timeline --json`; an event with several citations has the figures in which they differ."""
    return {
        "topic": given.topic,
        "from": _day(given.first),
        "to": _day(given.last),
        "events": [
            {
                "from": _day(one.first),
                "to": _day(one.last),
                "when": one.when,
                "citations": [{**citation(cited), "days": list(cited.days)} for cited in one.citations],
                "differing": list(one.figures),
            }
            for one in given.events
        ],
        "total": given.total,
    }


def passages(hits: Sequence[SearchHit]) -> list[Json]:
    """Return the shape of `passages`, best first."""
    return [
        {
            "article": hit.passage.article,
            "paragraphs": list(hit.passage.paragraphs),
            "text": hit.passage.text,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": round(hit.score, 6),
        }
        for hit in hits
    ]


def summary(given: ArticleSummary) -> Json:
    """Return one entry of `sources --json`."""
    return {**_facts(given), "words": given.words, "passages": given.passages}


def article(given: Article, highlight: tuple[int, int] | None) -> Json:
    """Return the shape of `source --json`; `text[start:end]` of a citation is its quote."""
    return {
        **_facts(given),
        "text": given.text,
        "paragraphs": [
            {"number": number, "start": one.start, "end": one.end, "boilerplate": one.boilerplate}
            for number, one in enumerate(given.paragraphs, start=1)
        ],
        "highlight": list(highlight) if highlight else None,
    }


def report(given: IndexReport) -> Json:
    """Return the shape of `index --json`."""
    return {
        "version": given.version,
        "added": list(given.added),
        "changed": list(given.changed),
        "removed": list(given.removed),
        "unchanged": given.unchanged,
        "skipped": [{"path": one.path, "reason": one.reason} for one in given.skipped],
        "ignored": dict(given.ignored),
        "articles": given.articles,
        "passages": given.passages,
        "embedded": given.embedded,
        "seconds": round(given.seconds, 3),
    }


def plan(given: Plan) -> Json:
    """Return the shape of a change with `--dry-run --json`."""
    return {
        "action": given.action,
        "base": given.base,
        "added": [_difference(one) for one in given.added],
        "changed": [_difference(one) for one in given.changed],
        "removed": [_difference(one) for one in given.removed],
        "unchanged": given.unchanged,
        "skipped": [{"path": one.path, "reason": one.reason} for one in given.skipped],
        "ignored": dict(given.ignored),
        "notices": list(given.notices),
        "embed": given.embed,
        "changes_anything": given.changes_anything,
    }


def _difference(given: Difference) -> Json:
    return {"article": given.article, "title": given.title, "passages": given.passages}


def version(given: Version, *, live: bool) -> Json:
    """Return one entry of `index history --json`."""
    return {
        "id": given.id,
        "created": given.created.isoformat(),
        "who": given.who,
        "action": given.action,
        "added": given.added,
        "changed": given.changed,
        "removed": given.removed,
        "live": live,
    }


def status(given: Status) -> Json:
    """Return the shape of `index status --json`."""
    return {
        "version": given.version,
        "created": given.created.isoformat() if given.created else None,
        "model": given.model,
        "articles": given.articles,
        "passages": given.passages,
        "by_command": given.by_command,
        "versions": given.versions,
        "catalog_bytes": given.catalog_bytes,
        "index_bytes": given.index_bytes,
        "free_bytes": given.free_bytes,
        "folder_differs": given.folder_differs,
        "recent": [audit_entry(one) for one in given.recent],
    }


def audit_entry(given: AuditEntry) -> Json:
    """Return one entry of `index log --json`."""
    return {
        "at": given.at.isoformat(),
        "who": given.who,
        "action": given.action,
        "detail": given.detail,
        "result": given.result,
    }


def backed_up(given: BackupReport) -> Json:
    """Return the shape of `backup --json`."""
    return {
        "file": given.file,
        "bytes": given.bytes,
        "made": given.made.isoformat(),
        "version": given.version,
        "articles": given.articles,
        "passages": given.passages,
        "databases": list(given.databases),
        "seconds": round(given.seconds, 3),
    }


def restored(given: RestoreReport) -> Json:
    """Return the shape of `restore --json`, but for what was checked."""
    return {
        "file": given.file,
        "made": given.made.isoformat(),
        "version": given.version,
        "articles": given.articles,
        "passages": given.passages,
        "replaced": given.replaced,
        "databases": list(given.databases),
        "seconds": round(given.seconds, 3),
    }


def backup_contents(file: Path, given: BackupContents) -> Json:
    """Return the shape of `restore --dry-run --json`."""
    return {
        "file": str(file),
        "made": given.made.isoformat(),
        "version": given.version,
        "articles": given.articles,
        "passages": given.passages,
        "databases": [one.name for one in given.databases],
    }


def moved(given: MoveReport) -> Json:
    """Return the shape of `index move --json`."""
    return {
        "mode": given.mode,
        "url": given.url,
        "place": given.place,
        "configured": given.configured,
        "models": list(given.models),
        "passages": given.passages,
        "added": given.added,
        "removed": list(given.removed),
        "left": [{"place": place, "reason": reason} for place, reason in given.left],
        "seconds": round(given.seconds, 3),
    }


def claim_check(given: ClaimCheck) -> Json:
    """Return a claim, what the articles say to it ("supported", "against" or "silent"), and by which words."""
    return {
        "claim": given.claim,
        "stand": given.stand,
        "reason": given.reason,
        "citation": citation(given.citation) if given.citation else None,
    }


def verification(given: Verification) -> Json:
    """Return whether a sentence is borne out; `passage` counts from 1, and is null where there is none."""
    return {
        "supported": given.supported,
        "reason": given.reason,
        "quote": given.quote,
        "passage": given.passage or None,
    }


def _facts(given: Article | ArticleSummary) -> Json:
    return {
        "article": given.id,
        "title": given.title,
        "publisher": given.publisher,
        "authors": list(given.authors),
        "published": _day(given.published),
        "url": given.url,
        "known": {name: _evidence(fact) for name, fact in given.evidence.items()},
    }


def _evidence(given: Evidence) -> Json:
    return {"basis": given.basis.value, "from": given.source}


def _day(given: date | None) -> str | None:
    return given.isoformat() if given else None


def gap(given: Gap) -> Json:
    """Return one entry of `report --json`."""
    return {
        "questions": list(given.questions),
        "asked": given.asked,
        "not_found": given.not_found,
        "thumbs_down": given.disliked,
        "first": given.first.isoformat(),
        "last": given.last.isoformat(),
        "closest_articles": list(given.articles),
    }

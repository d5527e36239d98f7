"""Canary questions: asked of the version that answers and of the one that is to replace it, before it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date

from retrieval.answer.examples import example_questions
from retrieval.config import CanarySettings, Settings
from retrieval.engine import Engine, Models
from retrieval.errors import Broken, CanaryReport, EmbassyError, Held
from retrieval.index.catalog import Catalog
from retrieval.models import Answer, Article, Phase, Progress, Reporter, Verdict, Version

Question = tuple[str, Article | None]
"""A question, and the article that answers it, where one is known to."""


def ask(
    settings: Settings,
    catalog: Catalog,
    before: Version | None,
    after: Version,
    models: Callable[[Version], Models],
    report: Reporter,
) -> None:
    """Ask the canary questions of two versions, each opened for that with the models given for it.

    Raises Held where fewer are answered as well as before than the settings want.
    """
    asked = questions(settings.canary, catalog, before, after) if before else []
    if before is None or not asked:
        return
    with ExitStack() as stack:

        def opened(version: Version) -> Engine:
            engine = Engine(settings, catalog, version, models(version), sealed=False)
            stack.callback(engine.close)
            return engine

        found = compare(asked, opened(before), opened(after), report)
    if found.kept < settings.canary.keep:
        raise Held(
            f"The new version answers {len(found.broken)} of {found.asked} canary questions worse, so that it was "
            "not switched to. Switch anyway if that is meant, or leave the index as it is.",
            found,
        )


def questions(settings: CanarySettings, catalog: Catalog, before: Version, after: Version) -> list[Question]:
    """Return the configured questions, or else some drawn from articles that both versions hold unchanged.

    What an article says is not lost when another is added or removed; where it can no longer be found, the index is
    at fault and not the change.
    """
    if settings.questions:
        return [(question, None) for question in settings.questions]
    both = sorted(set(catalog.version_digests(before.id)) & set(catalog.version_digests(after.id)))
    step = max(1, len(both) // settings.drawn) if settings.drawn else 1
    drawn: list[Question] = []
    for id, _, _ in both[::step][: settings.drawn]:
        article = catalog.article(after.id, id)
        made = example_questions([article])
        # The last one asks for the newest article, whichever that is.
        drawn += [(question, article) for question in made[:1] if question != made[-1]]
    return drawn


def compare(asked: Sequence[Question], before: Engine, after: Engine, report: Reporter) -> CanaryReport:
    """Ask both versions. A question counts that the old one answers, and is broken where the new one does not.

    An answer is good that is given as one, and rests on the article that the question was drawn from. That is asked as
    on the article's own day, so that it has no fresher one to stand behind.
    """
    good, broken = 0, []
    this_day = date.today()
    for number, (question, article) in enumerate(asked):
        report(Progress(Phase.CANARY, number, len(asked)))
        today = (article.published if article else None) or this_day
        old = before.answer(question, today=today)
        if not _is_good(old, article):
            continue
        good += 1
        report(Progress(Phase.CANARY, number, len(asked)))
        try:
            new = after.answer(question, today=today)
        except EmbassyError as error:
            broken.append(Broken(question, old.text, str(error)))
            continue
        if not _is_good(new, article):
            broken.append(Broken(question, old.text, new.text))
    return CanaryReport(good, tuple(broken))


def _is_good(answer: Answer, article: Article | None) -> bool:
    cited = article is None or any(citation.article == article.id for citation in answer.citations)
    return answer.verdict is Verdict.ANSWERED and cited

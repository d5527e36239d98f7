"""Changes by command: what a plan shows, that it is carried out exactly, and the way back."""

from __future__ import annotations

import sys
import threading
import time
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from retrieval.config import CanarySettings, Settings
from retrieval.errors import (
    Cancelled,
    Held,
    ModelError,
    NotAnArticle,
    StalePlan,
    StorageBusy,
    UnknownArticle,
    UnknownVersion,
    UsageError,
)
from retrieval.index import indexing, plans
from retrieval.index.turns import SWITCH_SECONDS, WAIT_SECONDS
from retrieval.library import Library
from retrieval.models import (
    Add,
    Answer,
    Change,
    Filters,
    IndexReport,
    Phase,
    Plan,
    Progress,
    Rebuild,
    Remove,
    Rollback,
    Update,
    Upload,
)
from tests.conftest import SEEDS, settings_for
from tests.index.runs import answers, keeping, problems, write_articles

BRIDGE = Upload("bridge.txt", b"The mayor of Mosul, Ahmed Karim, said the bridge would open again on Monday.", "Bridge")
ASKED = "When will the bridge of Mosul open again?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return settings_for(tmp_path / "corpus", tmp_path / "data")


def change(library: Library, wanted: Change, who: str = "", why: str = "") -> IndexReport:
    return library.apply(library.plan(wanted), who=who, why=why)


def told(answer: Answer) -> tuple[object, ...]:
    """Return all of an answer but how long it took."""
    return answer.verdict, answer.text, answer.citations, answer.hits


def _note(reached: set[Phase], progress: Progress) -> None:
    reached.add(progress.phase)


def ids(library: Library) -> set[str]:
    return {one.id for one in library.articles()}


# What a plan shows


def test_a_plan_shows_what_would_change_and_changes_nothing(settings: Settings) -> None:
    corpus = settings.corpus.path
    with Library(settings) as library:
        library.update()
        before = answers(library)
        (corpus / "article-00000.txt").write_text("The council met again on Friday.", encoding="utf-8")
        (corpus / "article-00001.txt").unlink()
        (corpus / "new.txt").write_text("A new bridge was opened.", encoding="utf-8")
        (corpus / "broken.txt").write_bytes(b"\x89PNG\0\0\0")
        plan = library.plan(Update())

        assert [one.article for one in plan.added] == ["new"]
        assert [(one.article, one.passages) for one in plan.changed] == [("article-00000", 1)]
        assert [one.article for one in plan.removed] == ["article-00001"]
        assert [one.path for one in plan.skipped] == ["broken.txt"]
        assert (plan.unchanged, plan.embed, plan.changes_anything) == (10, 2, True)
        assert answers(library) == before
        assert len(library.versions()) == 1

        report = library.apply(plan)

    assert (report.added, report.changed, report.removed) == (("new",), ("article-00000",), ("article-00001",))


def test_what_is_confirmed_is_what_was_shown_though_the_folder_went_on_changing(settings: Settings) -> None:
    path = settings.corpus.path / "new.txt"
    with Library(settings) as library:
        library.update()
        path.write_text("A new bridge was opened.", encoding="utf-8")
        plan = library.plan(Update())
        path.write_text("The new bridge fell down.", encoding="utf-8")
        library.apply(plan)
        assert library.article("new").text == "A new bridge was opened."
        library.update()
        assert library.article("new").text == "The new bridge fell down."


def test_a_plan_goes_stale_when_the_index_changes(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        plan = library.plan(Add((BRIDGE,)))
        change(library, Remove("article-00003"))
        with pytest.raises(StalePlan, match="Look at the difference again"):
            library.apply(plan)
        assert "bridge" not in ids(library)
    assert problems(settings) == []


def test_what_is_there_already_is_pointed_out(settings: Settings) -> None:
    text = (settings.corpus.path / "article-00004.txt").read_text(encoding="utf-8")
    (settings.corpus.path / "article-00004.txt").write_text(f"{text} {text[::-1]}", encoding="utf-8")
    with Library(settings) as library:
        library.update()
        whole = library.article("article-00004").text
        same = library.plan(Add((Upload("other.txt", whole.encode()),)))
        near = library.plan(Add((Upload("near.txt", f"{whole} And the ferry sank.".encode()),)))
        name = library.plan(Add((Upload("article-00005.txt", b"Another text altogether."),)))

    assert same.notices == ("other has the very text of article-00004.",)
    assert len(near.notices) == 1
    assert near.notices[0].startswith("near is nearly the same as article-00004:")
    assert name.notices == ("article-00005 is there already, and would be replaced.",)
    assert [one.article for one in name.changed] == ["article-00005"]


# Whose an article is


def test_an_article_added_by_command_stays_whatever_becomes_of_the_folder(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        report = change(library, Add((BRIDGE,)), who="Ann", why="asked for")
        assert report.added == ("bridge",)
        (settings.corpus.path / "article-00000.txt").unlink()
        assert library.update().removed == ("article-00000",)
        change(library, Rebuild())
        assert "bridge" in ids(library)
        assert library.status().by_command == 1
        assert library.ask(ASKED).citations[0].article == "bridge"
        made = library.versions()[2]
    assert (made.who, made.why, made.action, made.added) == ("Ann", "asked for", "add", 1)


def test_what_is_given_with_an_article_comes_before_what_it_says(settings: Settings) -> None:
    given = Upload(
        "", b"---\ntitle: Other\n---\nA plain text.", "The Day", "The Paper", date(2020, 1, 2), "https://a.b/c"
    )
    with Library(settings) as library:
        library.update()
        change(library, Add((given,)))
        found = library.article("The-Day")
    assert (found.title, found.publisher, found.published, found.url) == (
        "The Day", "The Paper", date(2020, 1, 2), "https://a.b/c",
    )  # fmt: skip


def test_a_file_does_not_replace_what_a_command_added_under_its_name(settings: Settings) -> None:
    path = settings.corpus.path / "bridge.txt"
    with Library(settings) as library:
        library.update()
        change(library, Add((BRIDGE,)))
        path.write_text("Of another bridge.", encoding="utf-8")
        report = library.update()
        assert [(one.path, "added by command" in one.reason) for one in report.skipped] == [("bridge.txt", True)]
        assert "Mosul" in library.article("bridge").text


def test_an_article_removed_by_command_stays_out_until_its_bytes_change(settings: Settings) -> None:
    path = settings.corpus.path / "article-00002.txt"
    with Library(settings) as library:
        library.update()
        assert change(library, Remove("article-00002")).removed == ("article-00002",)
        path.touch()
        assert not library.update().wrote
        report = change(library, Rebuild())
        assert "article-00002" not in ids(library)
        assert [one.path for one in report.skipped] == ["article-00002.txt"]
        path.write_text("Of something else.", encoding="utf-8")
        assert library.update().added == ("article-00002",)
    assert problems(settings) == []


def test_the_last_article_is_not_removed(tmp_path: Path) -> None:
    write_articles(tmp_path / "corpus", 1)
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data")) as library:
        library.update()
        with pytest.raises(UsageError, match="the only article"):
            library.plan(Remove("article-00000"))


# What is no article


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (Upload("../../etc/passwd.txt", b"A text."), "its name is a path"),
        (Upload("..\\boot.txt", b"A text."), "its name is a path"),
        (Upload("..", b"A text."), "its name is a path"),
        (Upload("", b"A text."), "it has no title"),
        (Upload("!!!.txt", b"A text."), "no letters or digits"),
        (Upload("page.pdf", b"%PDF-1.7"), "it is no article"),
        (Upload("page.txt", b"%PDF-1.7\0\1\2"), "binary"),
        (Upload("page.txt", b"<!DOCTYPE html><html><body><p>A text.</p></body></html>"), "it is an HTML page"),
        (Upload("page.html", b"Just words, and no page."), "no article text|no HTML page"),
        (Upload("page.html", b"\x89PNG\r\n\x1a\n\0\0\0"), "binary"),
        (Upload("empty.txt", b""), "it is empty"),
        (Upload("blank.txt", b" \n \n"), "it is empty"),
        (Upload("long.txt", b"word " * 6_000_000), "30.0 MB; the limit is 5.0 MB"),
        (Upload("deep.html", b"<div>" * 400_000), "no article text"),
        (Upload("a.txt", b"A text.", url="no address"), "not a web address"),
    ],
    ids=lambda value: value.name if isinstance(value, Upload) else "",
)
def test_what_is_no_article_is_told_in_a_sentence_and_nothing_is_kept(
    settings: Settings, upload: Upload, reason: str
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        with pytest.raises(NotAnArticle, match=reason) as refused:
            library.plan(Add((upload,)))
        assert str(refused.value).endswith("Nothing was changed.")
        both = library.plan(Add((upload, BRIDGE)))
        assert [one.article for one in both.added] == ["bridge"]
        assert len(both.skipped) == 1
        assert answers(library) == before
        assert not library.update().wrote
    assert problems(settings) == []


# Versions


def test_a_rollback_brings_back_articles_and_answers_to_the_last_digit(tmp_path: Path) -> None:
    settings = settings_for(SEEDS, tmp_path / "data")
    questions = ["How many troops were sent to Kuwait?", "Who said that Iran orchestrated the attack?", ASKED]
    with Library(settings) as library:
        library.update()
        first = [told(library.ask(question)) for question in questions]
        change(library, Add((BRIDGE,)))
        second = [told(library.ask(question)) for question in questions]
        gone = library.articles()[-1].id
        change(library, Remove(gone))
        assert first != second
        report = change(library, Rollback(1))
        assert report.embedded == 0
        assert [told(library.ask(question)) for question in questions] == first
    with Library(settings) as library:
        assert [told(library.ask(question)) for question in questions] == first
        assert change(library, Rollback(2)).embedded == 0
        assert [told(library.ask(question)) for question in questions] == second
        assert not library.update().wrote, "an unchanged folder undoes no rollback"
        assert [one.action for one in library.versions()] == ["rollback", "rollback", "remove", "add", "update"]
    assert problems(settings) == []


def test_an_update_after_a_rollback_takes_up_only_what_changed_since(settings: Settings) -> None:
    corpus = settings.corpus.path
    with Library(settings) as library:
        library.update()
        (corpus / "new.txt").write_text("A new bridge was opened.", encoding="utf-8")
        library.update()
        change(library, Rollback(1))
        (corpus / "other.txt").write_text("An old bridge was closed.", encoding="utf-8")
        report = library.update()
        assert report.added == ("other",)
        assert "new" not in ids(library)
        assert change(library, Rebuild()).added == ("new",)


def test_a_version_that_is_not_kept_or_is_live_is_no_way_back(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        with pytest.raises(UnknownVersion, match=r"no version 7\. Kept are 1"):
            library.plan(Rollback(7))
        with pytest.raises(UsageError, match="answers now"):
            library.plan(Rollback(1))
        with pytest.raises(UnknownArticle, match="no article 'nothing'"):
            library.plan(Remove("nothing"))


def test_versions_are_let_go_by_count_and_by_age_and_what_the_others_need_is_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(keeping(settings, 3)) as library:
        library.update()
        for number in range(4):
            change(library, Remove(f"article-0000{number}"))
        assert [one.id for one in library.versions()] == [5, 4, 3]
        change(library, Rollback(3))
        assert len(library.articles()) == 10
    assert problems(settings) == []
    aged = settings.model_copy(update={"data": settings.data.model_copy(update={"keep_days": 1})})
    with Library(aged) as library:
        library._folder.live()[0].db.execute("UPDATE versions SET created = '2020-01-01T00:00:00+00:00'")
        change(library, Remove("article-00009"))
        assert [one.id for one in library.versions()] == [7, 6], "the one before was live until just now"
    assert problems(settings) == []


def test_a_rollback_goes_back_to_the_model_of_its_version(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        monkeypatch.setattr(plans, "fingerprint", lambda _: "another-model")
        change(library, Remove("article-00003"))
        assert library.version is not None
        assert library.version.model == "another-model"
        plan = library.plan(Rollback(1))
        assert "The embedding model changes from another-model to" in plan.notices[0]
        assert library.apply(plan).embedded == 0
        assert answers(library) == before


# A run and those beside it


def test_a_run_that_is_cancelled_leaves_the_old_version_and_no_trace(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        for phase in (Phase.EMBEDDING, Phase.VECTORS, Phase.LEXICON, Phase.COMMITTING):
            reached: set[Phase] = set()
            plan = library.plan(Add((Upload(f"{phase.name}.txt", f"A bridge of {phase.name}.".encode()),)))
            with pytest.raises(Cancelled):
                library.apply(plan, partial(_note, reached), cancel=partial(reached.__contains__, phase))
            assert answers(library) == before
        assert len(library.versions()) == 1
        assert [one.result.split(":")[0] for one in library.audit(4)] == ["Cancelled"] * 4
        assert not library.update().wrote
    assert problems(settings) == []


def test_questions_are_answered_from_the_old_version_until_the_new_one_is_whole(settings: Settings) -> None:
    seen: list[tuple[Phase, bool]] = []
    with Library(settings) as library:
        library.update()
        before = answers(library)

        def report(progress: Progress) -> None:
            seen.append((progress.phase, answers(library) == before))

        write_articles(settings.corpus.path / "more", 30, seed=5)
        library.apply(library.plan(Update()), report)
        assert answers(library) != before
    assert all(old for phase, old in seen if phase not in (Phase.COMMITTED, Phase.SWEEPING))
    assert not any(old for phase, old in seen if phase is Phase.COMMITTED)


def test_the_second_is_told_who_is_running_what(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        plan = library.plan(Rebuild())
        refused: list[str] = []

        def report(progress: Progress) -> None:
            with pytest.raises(StorageBusy) as busy:
                library.plan(Update())
            refused.append(str(busy.value))

        library.apply(plan, report, who="Ann")
    assert refused
    assert all(one.startswith("Ann has been running an index rebuild since ") for one in refused)


def test_many_threads_ask_during_a_rebuild_and_none_fails(settings: Settings) -> None:
    write_articles(settings.corpus.path / "more", 60, seed=6)
    with Library(keeping(settings, 1)) as library:
        library.update()
        expected = answers(library)
        failed: list[BaseException] = []
        asked: list[bool] = []
        done = threading.Event()

        def ask() -> None:
            try:
                while not done.is_set():
                    asked.append(answers(library) == expected)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            change(library, Rebuild())
        done.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(asked) > 3
    assert all(asked)
    assert problems(settings) == []


def test_a_run_gives_way_to_a_question_but_ends_beside_one_that_does_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ended = threading.Event(), threading.Event()
    intervals: set[float] = set()
    usual = sys.getswitchinterval()
    with Library(settings) as library:
        library.update()
        library.ask(ASKED)
        engine = library._live.engine
        assert engine is not None
        answer = engine.answer

        def endless(question: str, filters: Filters | None = None, today: date | None = None) -> Answer:
            asked.set()
            assert ended.wait(60)
            return answer(question, filters, today)

        monkeypatch.setattr(engine, "answer", endless)
        answers: list[Answer] = []
        thread = threading.Thread(target=lambda: answers.append(library.ask(ASKED)))
        thread.start()
        assert asked.wait(60)
        waited: list[float] = []
        sleep = time.sleep

        def noted(seconds: float) -> None:
            waited.append(seconds)
            sleep(seconds)

        monkeypatch.setattr(time, "sleep", noted)
        done = library.apply(
            library.plan(Add((BRIDGE,))), lambda progress: intervals.add(sys.getswitchinterval()), canaries=False
        )
        monkeypatch.undo()
        ended.set()
        thread.join()
    assert done.added == ("bridge",)
    assert WAIT_SECONDS in waited
    assert intervals == {SWITCH_SECONDS}
    assert sys.getswitchinterval() == usual
    assert [one.citations for one in answers] != []


# Canary questions


def canaries(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update={"canary": CanarySettings.model_validate(values)})


def test_a_version_that_answers_worse_is_held_until_somebody_says_so(settings: Settings) -> None:
    settings = canaries(settings, questions=[ASKED])
    with Library(settings) as library:
        library.update()
        library.apply(library.plan(Add((BRIDGE,))))
        plan = library.plan(Remove("bridge"))
        with pytest.raises(Held, match="1 of 1 canary questions worse") as held:
            library.apply(plan)
        (broken,) = held.value.canary.broken
        assert broken.question == ASKED
        assert "Monday" in broken.before
        assert "bridge" in ids(library)
        assert library.ask(ASKED).citations[0].article == "bridge"
        assert library.audit(1)[0].result.startswith("Held")

        report = library.apply(plan, force=True)

        assert report.removed == ("bridge",)
        assert report.embedded == 0
    assert problems(settings) == []


def test_a_run_is_cancelled_between_canary_questions(settings: Settings) -> None:
    settings = canaries(settings, questions=[ASKED, "Who is the mayor of Mosul?"])
    reached: list[Progress] = []
    with Library(settings) as library:
        library.update()
        with pytest.raises(Cancelled):
            library.apply(
                library.plan(Add((BRIDGE,))),
                reached.append,
                cancel=lambda: bool(reached) and reached[-1].phase is Phase.CANARY,
            )
        assert [(one.done, one.total) for one in reached if one.phase is Phase.CANARY] == [(0, 2)]
        assert "bridge" not in ids(library)


def test_a_rollback_to_a_model_that_is_gone_is_refused_and_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(embedding: object) -> None:
        raise ModelError("The embedding provider is not installed.")

    with Library(settings) as library:
        library.update()
        monkeypatch.setattr(plans, "fingerprint", lambda _: "another-model")
        change(library, Remove("article-00003"))
        before = answers(library)
        monkeypatch.setattr(indexing, "open_model", gone)
        with pytest.raises(ModelError, match="not installed"):
            change(library, Rollback(1))
        assert answers(library) == before
        assert len(library.versions()) == 2


def test_the_questions_are_drawn_from_articles_that_the_change_leaves_alone(tmp_path: Path) -> None:
    settings = settings_for(SEEDS, tmp_path / "data")
    asked: list[Phase] = []
    with Library(settings) as library:
        library.update()
        gone = library.articles()[0].id
        plan: Plan = library.plan(Remove(gone))
        library.apply(plan, lambda progress: asked.append(progress.phase))
        assert gone not in ids(library)
    assert Phase.CANARY in asked

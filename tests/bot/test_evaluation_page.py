"""The page that `eval --html` writes: complete, safe to open, and the failures first."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.cli.evaluation_page import page
from retrieval.evaluation import GoldQuestion, Outcome, Support, evaluate
from retrieval.models import Answer, Article, Citation, Paragraph, Passage, SearchHit, Verdict
from tests.bot.conftest import TROOPS, WASHINGTON_TIMES, Bot

VOID = {"meta", "link", "img", "br", "input", "hr", "base"}
HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)> \"' {{ 7 * 7 }} \u202e\x07 &amp;"
TEXT = f"The <b>ferry</b> sank at noon & nobody was hurt.\n\nThe {HOSTILE} said so."
SANK = "The <b>ferry</b> sank at noon & nobody was hurt."


class Read(HTMLParser):
    """A page as a browser takes it: its elements with their classes and ids, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, str]] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        return " ".join("".join(data for tag, data in self.pieces if tag != "style").split())

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def inside(self, tag: str) -> list[str]:
        return [data for inner, data in self.pieces if inner == tag]

    def with_class(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.elements if name in (attrs.get("class") or "").split()]


def article(id: str) -> Article:
    middle = TEXT.index("\n\n")
    paragraphs = (Paragraph(0, middle), Paragraph(middle + 2, len(TEXT)))
    return Article(id, "Ferry", f"The {HOSTILE} Herald", (), date(2020, 1, 2), None, TEXT, paragraphs)


def gold(name: str, *support: str, kind: str = "fact", verdict: Verdict = Verdict.ANSWERED) -> GoldQuestion:
    places = tuple(Support(article="ferry", contains=words) for words in support)
    return GoldQuestion(id=name, question=f"What of {name}?", kind=kind, verdict=verdict, support=places)


def answer(verdict: Verdict, *quotes: str, found: bool = True, note: str = "") -> Answer:
    citations = tuple(
        Citation(
            number, "ferry", "Ferry", True, article("").publisher, date(2020, 1, 2), None, 1, quote,
            TEXT.index(quote), TEXT.index(quote) + len(quote),
        )
        for number, quote in enumerate(quotes, start=1)
    )  # fmt: skip
    hits = (SearchHit(Passage("key", "ferry", 0, (1, 2), TEXT, 0, len(TEXT)), 1.0, 1.0, 1, 1),)
    text = " ".join(f"{' '.join(quote.split())} [{number}]" for number, quote in enumerate(quotes, start=1))
    return Answer("", verdict, "extractive", f"{text} {note}".strip(), citations, hits if found else (), note=note)


def outcomes(*pairs: tuple[GoldQuestion, Answer]) -> list[Outcome]:
    given = {question.question: one for question, one in pairs}
    return evaluate([question for question, _ in pairs], lambda question, *, today: given[question], article)


def test_failures_come_first_each_in_its_group() -> None:
    content = page(
        outcomes(
            (gold("right", "sank"), answer(Verdict.ANSWERED, SANK)),
            (gold("unfound", "sank"), answer(Verdict.ANSWERED, "said so", found=False)),
            (gold("unquoted", "sank"), answer(Verdict.ANSWERED, "said so")),
            (gold("lost", "sank"), answer(Verdict.NOT_FOUND)),
        ),
        article,
        "gold.toml",
    )
    text = Read(content).text
    sections = text[text.rindex("Wrong verdict 1") :]

    headings = ["Wrong verdict 1", "Right passage, wrong quote 1", "Passage not found 1", "Right 1"]
    names = ["What of lost?", "What of unquoted?", "What of unfound?", "What of right?"]
    order = [part for pair in zip(headings, names, strict=True) for part in pair]
    assert sorted(order, key=sections.index) == order
    opened = [attrs for attrs in Read(content).with_class("question") if "open" in attrs]
    assert len(opened) == 3


def test_an_answer_is_shown_with_its_place_and_the_supporting_words_marked() -> None:
    both = outcomes((gold("one", "sank at noon", "noon & nobody"), answer(Verdict.ANSWERED, SANK, "said so")))

    read = Read(page(both, article, "gold.toml"))

    assert read.inside("mark") == ["sank at noon & nobody"]
    assert "".join(read.inside("blockquote") + read.inside("mark")).count("was hurt") == 1
    assert SANK in read.text
    assert "2 January 2020, paragraph 1" in read.text
    assert "passage ranked 1" in read.text
    assert "words in quote 1" in read.text


def test_what_was_expected_and_what_was_said_instead_are_named() -> None:
    lost = (gold("lost", "said so"), answer(Verdict.CLOSEST, SANK, note="Only the closest:"))
    near = (gold("near", kind="near", verdict=Verdict.CLOSEST), answer(Verdict.ANSWERED, SANK))

    text = Read(page(outcomes(lost, near), article, "gold.toml")).text

    assert "closest instead of answered" in text
    assert "Only the closest:" in text
    assert "Expected: answered, with these words – said so" in text
    assert "2 January 2020, paragraph 2" in text
    assert "answered instead of closest or not_found" in text
    assert "Expected: closest or not_found" in text


def test_a_text_that_is_more_than_its_quotes_is_shown_whole() -> None:
    given = answer(Verdict.ANSWERED, SANK)
    written = Answer("", Verdict.ANSWERED, "generated", "It went down about midday [1].", given.citations, given.hits)

    assert "It went down about midday [1]." in Read(page(outcomes((gold("one", "sank"), written)), article, "g")).text


def test_whatever_is_shown_is_text() -> None:
    hostile = GoldQuestion(
        id=HOSTILE,
        question=HOSTILE,
        kind=HOSTILE,
        verdict=Verdict.ANSWERED,
        support=(Support(article="ferry", contains=HOSTILE),),
    )
    given = answer(Verdict.ANSWERED, f"The {HOSTILE} said so.", note=HOSTILE)

    read = Read(page(evaluate([hostile], lambda question, *, today: given, article), article, HOSTILE))

    assert read.tags.isdisjoint({"script", "img", "link", "iframe", "object"})
    assert "<script>alert(1)</script><img src=x onerror=alert(1)> \"' {{ 7 * 7 }}" in read.text
    assert "&amp;" in read.text
    assert not {"\u202e", "\x07"} & set(read.text)
    assert not any(name.startswith("on") for _, attrs in read.elements for name in attrs)
    assert "49" not in read.text


def test_the_page_needs_nothing_from_outside() -> None:
    one = outcomes((gold("one", "sank"), answer(Verdict.ANSWERED, SANK)))
    content = page(one, article, "gold.toml")
    read = Read(content)

    policy = next(attrs for tag, attrs in read.elements if "http-equiv" in attrs)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    links = [attrs[name] or "" for _, attrs in read.elements for name in ("href", "src") if name in attrs]
    assert links
    assert all(link.startswith("#") for link in links)
    assert "url(" not in content
    assert "@import" not in content
    assert "prefers-color-scheme: dark" in content


def test_every_link_leads_somewhere_and_every_kind_has_one() -> None:
    three = outcomes(
        (gold("a", "sank", kind="who"), answer(Verdict.ANSWERED, SANK)),
        (gold("b", "sank", kind="when"), answer(Verdict.CLOSEST)),
        (gold("c", "sank", kind="who"), answer(Verdict.ANSWERED, SANK)),
    )
    read = Read(page(three, article, "gold.toml"))

    ids = [attrs["id"] for _, attrs in read.elements if "id" in attrs]
    links = [str(attrs["href"]) for tag, attrs in read.elements if tag == "a"]
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert [len(read.with_class(name)) for name in ("kind-0", "kind-1")] == [2, 1]
    assert "who 2 when 1 · 1 wrong" in read.text


def test_the_summary_has_values_and_intervals() -> None:
    pairs = outcomes(
        (gold("a", "sank"), answer(Verdict.ANSWERED, SANK)),
        (gold("b", "sank"), answer(Verdict.ANSWERED, "said so", SANK)),
    )
    text = Read(page(pairs, article, "gold.toml")).text

    assert "Right passage first 1.000 1.000 to 1.000" in text
    assert "Right words in the first quote 0.500 0.000 to 1.000" in text
    assert "Unanswerable, not given as answered 0.000 no such question" in text


def test_eval_writes_the_page_beside_what_it_prints(seeded: Bot, tmp_path: Path) -> None:
    questions, file = tmp_path / "gold.toml", tmp_path / "page.html"
    questions.write_text(
        f'[[question]]\nid = "troops"\nquestion = "{TROOPS}"\nkind = "number"\nverdict = "answered"\n'
        f'support = [{{ article = "{WASHINGTON_TIMES}", contains = "about 5,000 troops" }}]\n',
        encoding="utf-8",
    )

    ran = seeded.here("eval", questions, "--html", file)

    assert ran.code == 0
    assert "right words in any quote" in ran.out
    assert "from 1.000 to 1.000" in ran.out
    read = Read(file.read_text(encoding="utf-8"))
    assert TROOPS in read.text
    assert read.inside("mark") == ["about 5,000 troops"]
    assert "The Washington Times, 31 December 2019, paragraph 9" in read.text


@pytest.mark.parametrize("option", ["--json", "--misses"])
def test_the_page_changes_nothing_that_is_printed(seeded: Bot, tmp_path: Path, option: str) -> None:
    questions = tmp_path / "gold.toml"
    questions.write_text(
        '[[question]]\nid = "egg"\nquestion = "How long should an egg cook?"\nkind = "foreign"\n'
        'verdict = "not_found"\n',
        encoding="utf-8",
    )

    plain = seeded.here("eval", questions, option)
    beside = seeded.here("eval", questions, option, "--html", tmp_path / "page.html")

    assert beside == plain
    assert (tmp_path / "page.html").exists()

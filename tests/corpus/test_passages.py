"""Passages: exact stretches of whole sentences that cover the body, and stay the same when something else changes."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.corpus.articles import build_article
from retrieval.corpus.metadata import Metadata
from retrieval.corpus.passages import MAX_TOKENS, MIN_TOKENS, count_tokens, split_article
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, Passage, Span

FURNITURE = ["Advertisement", "SEE ALSO: River rises again", "Copyright © 2020 Harrow Courier", "# Bridge", "Load More"]
SENTENCES = [
    "The river rose in the night.",
    "Mr. Olsen, who runs the ferry at Lower Quay, said that nobody had warned the villages upstream.",
    "“We had hoped to keep one lane open,” she said. “It cannot be done.”",
    "Why was the bridge not closed on Jan. 2?",
    "Crews cleared mud from the lower streets 👷‍♀️🚧, and a pump brought in from the next county failed before dawn!",
    "אמר ראש העיר כי הגשר ייסגר עד האביב.",
    "أعلنت البلدية إغلاق الجسر حتى الربيع، وقالت إن الإصلاح يستغرق ثلاثة أشهر.",
    "市長は橋を春まで閉鎖すると発表した。",
    "No",
    "- a pump, three boats and 40 sacks of sand",
    "The cost, $1.5 million at least (the council’s own figure), is not in the budget...",
]
LONG = [
    "and so it went on " * 90,
    "word, " * 400 + "end.",
    "x" * 12_000,
    "👷" * 600,
    "橋" * 6_000 + "。",
    "a" * 9_000 + " short words after it.",
]


def article(text: str, *, id: str = "a") -> Article:
    return build_article(id, text, Metadata(), markdown=True)


def joined(parts: list[str], breaks: list[str]) -> str:
    return "".join(f"{part}{breaks[index % len(breaks)]}" for index, part in enumerate(parts)).rstrip("\r\n")


_sentences = st.sampled_from(SENTENCES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
_paragraphs = st.one_of(
    st.lists(_sentences, min_size=1, max_size=25).map(" ".join),
    st.lists(st.sampled_from(SENTENCES), min_size=5, max_size=25).map("\n".join),
    st.tuples(st.sampled_from(SENTENCES), st.integers(20, 120)).map(lambda drawn: " ".join([drawn[0]] * drawn[1])),
    st.sampled_from(FURNITURE),
    st.sampled_from(LONG),
)
_breaks = st.lists(st.sampled_from(["\n\n", "\r\n\r\n", "\n \n", "\n", "\r\n", " "]), min_size=1, max_size=3)
articles = st.builds(joined, st.lists(_paragraphs, max_size=12), _breaks).map(
    lambda text: article(f"The council met on Monday.\n\n{text}")
)
"""Articles of every shape: repeating themselves, without paragraphs or spaces, with furniture between."""

generated = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def sentences(article: Article) -> list[Span]:
    """Return the sentences that quotes may come from."""
    return [
        sentence
        for paragraph in article.paragraphs
        if not paragraph.boilerplate
        for sentence in split_sentences(article.text, paragraph.start, paragraph.end)
    ]


def is_long(article: Article, sentence: Span) -> bool:
    return count_tokens(article.text[sentence.start : sentence.end]) > MAX_TOKENS


def exact(article: Article, passages: list[Passage]) -> bool:
    return all(article.text[passage.start : passage.end] == passage.text for passage in passages)


# --- What holds for every article


@generated
@given(articles)
def test_every_passage_is_the_stretch_of_the_article_that_it_names(article: Article) -> None:
    passages = split_article(article)
    assert passages
    assert exact(article, passages)


@generated
@given(articles)
def test_passages_count_from_zero_and_go_forward_through_the_article(article: Article) -> None:
    passages = split_article(article)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert all(one.start <= next.start and one.end < next.end for one, next in pairwise(passages))


@generated
@given(articles)
def test_every_sentence_of_the_body_is_covered(article: Article) -> None:
    passages = split_article(article)
    for sentence in sentences(article):
        inside = [p for p in passages if p.start < sentence.end and sentence.start < p.end]
        if is_long(article, sentence):
            covered = {at for p in inside for at in range(p.start, p.end)}
            assert all(at in covered or article.text[at].isspace() for at in range(sentence.start, sentence.end))
        else:
            assert any(p.start <= sentence.start and sentence.end <= p.end for p in inside)


@generated
@given(articles)
def test_no_passage_touches_boilerplate(article: Article) -> None:
    for passage in split_article(article):
        for paragraph in article.paragraphs:
            assert not paragraph.boilerplate or paragraph.end <= passage.start or passage.end <= paragraph.start


@generated
@given(articles)
def test_no_passage_begins_or_ends_within_a_sentence_unless_that_alone_is_too_long(article: Article) -> None:
    bounds = {bound for passage in split_article(article) for bound in (passage.start, passage.end)}
    for sentence in sentences(article):
        cuts = [bound for bound in bounds if sentence.start < bound < sentence.end]
        assert not cuts or is_long(article, sentence)


@generated
@given(articles)
def test_no_passage_begins_or_ends_with_white_space(article: Article) -> None:
    assert all(passage.text == passage.text.strip() for passage in split_article(article))


@generated
@given(articles)
def test_a_passage_is_never_longer_than_the_limit(article: Article) -> None:
    assert all(count_tokens(passage.text) <= MAX_TOKENS for passage in split_article(article))


@generated
@given(articles)
def test_no_two_passages_overlap(article: Article) -> None:
    assert all(one.end <= following.start for one, following in pairwise(split_article(article)))


@generated
@given(articles)
def test_keys_are_unique_within_an_article(article: Article) -> None:
    passages = split_article(article)
    assert len({passage.key for passage in passages}) == len(passages)


@generated
@given(articles)
def test_a_passage_names_the_paragraphs_of_its_first_and_last_character(article: Article) -> None:
    for passage in split_article(article):
        first, last = (article.paragraphs[number - 1] for number in passage.paragraphs)
        assert first.start <= passage.start < first.end
        assert last.start < passage.end <= last.end


@generated
@given(articles)
def test_the_same_text_is_divided_the_same_way_again(drawn: Article) -> None:
    assert split_article(drawn) == split_article(article(drawn.text))


# --- Keys


def story(seed: int, words: int = 1500) -> list[str]:
    """Write a long article that never repeats itself: its paragraphs, the same for the same seed."""
    chance = random.Random(seed)
    syllables = "bar den fel gor hul kin lom mar nev por ris sul tan vek wil".split()
    paragraphs: list[str] = []
    while sum(len(paragraph.split()) for paragraph in paragraphs) < words:
        lines = []
        for _ in range(chance.randint(1, 5)):
            line = ["".join(chance.choices(syllables, k=2)) for _ in range(chance.randint(6, 35))]
            lines.append(f"{' '.join(line).capitalize()}.")
        paragraphs.append(" ".join(lines))
    return paragraphs


def keys(text: str, *, id: str = "a") -> dict[str, str]:
    """Return the keys of an article's passages by their text."""
    return {passage.text: passage.key for passage in split_article(article(text, id=id))}


def test_a_key_does_not_depend_on_where_the_passage_stands() -> None:
    paragraphs = story(1)
    before, after = keys("\n\n".join(paragraphs)), keys("\n\n".join(["The council met on Monday.", *paragraphs]))
    shared = before.keys() & after.keys()
    assert len(shared) >= len(before) - 1
    assert all(before[text] == after[text] for text in shared)


def test_a_key_depends_on_the_article() -> None:
    text = "\n\n".join(story(1))
    one, other = keys(text), keys(text, id="b")
    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())


def test_passages_that_repeat_each_other_have_keys_of_their_own() -> None:
    one, other = split_article(article("The river rose.\n\nAdvertisement\n\nThe river rose."))
    assert one.text == other.text
    assert one.key != other.key


def test_the_first_of_two_passages_keeps_its_key_when_a_repeat_is_added() -> None:
    alone = split_article(article("The river rose."))
    repeated = split_article(article("The river rose.\n\nAdvertisement\n\nThe river rose."))
    assert repeated[0] == alone[0]


# --- Where passages part


def test_a_short_article_is_one_passage() -> None:
    (passage,) = split_article(article("The river rose.\n\nThe town was cleared.\n\nNobody was hurt."))
    assert (passage.paragraphs, passage.ordinal, passage.start) == ((1, 3), 0, 0)


def test_passages_part_where_boilerplate_stands_between() -> None:
    passages = split_article(article("The river rose.\n\nAdvertisement\n\nThe town was cleared."))
    assert [(passage.text, passage.paragraphs) for passage in passages] == [
        ("The river rose.", (1, 1)),
        ("The town was cleared.", (3, 3)),
    ]


@pytest.mark.parametrize("seed", range(30))
def test_long_articles_are_divided_into_passages_of_a_readable_size(seed: int) -> None:
    sizes = [count_tokens(passage.text) for passage in split_article(article("\n\n".join(story(seed))))]
    assert min(sizes) >= MIN_TOKENS


def test_a_sentence_inserted_somewhere_changes_little_more_than_the_passage_it_falls_into() -> None:
    changed = []
    for seed in range(40):
        chance, paragraphs = random.Random(seed), story(seed)
        before = set(keys("\n\n".join(paragraphs)))
        at = chance.randrange(len(paragraphs))
        lines = paragraphs[at].split(". ")
        lines.insert(chance.randrange(len(lines)), "The council met on Monday")
        paragraphs[at] = ". ".join(lines)
        after = set(keys("\n\n".join(paragraphs)))
        changed.append(len(before - after))
    assert sum(changed) / len(changed) < 1.3


# --- Large and odd


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000, "橋" * 300_000, "👷" * 100_000, "The river rose. " * 20_000, "- a\n" * 20_000,
        "a" + " " * 500_000 + "b",
    ],
    ids=["one word", "no spaces", "emoji", "one sentence again and again", "list", "spaces"],
)  # fmt: skip
def test_a_text_of_extreme_shape_is_divided_exactly(text: str) -> None:
    whole = article(text)
    passages = split_article(whole)
    assert exact(whole, passages)
    assert len({passage.key for passage in passages}) == len(passages)
    assert max(count_tokens(passage.text) for passage in passages) <= MAX_TOKENS


def test_a_word_without_end_is_cut_into_pieces_that_make_it_up() -> None:
    text = "x" * 1_000_000
    passages = split_article(article(text))
    assert len(passages) > 100
    assert "".join(passage.text for passage in passages) == text


def test_a_sentence_that_is_too_long_is_cut_before_a_word() -> None:
    text = "river " * 2_000 + "rose."
    starts = [passage.start for passage in split_article(article(text))]
    assert len(starts) > 1
    assert all(text[start:].startswith("river") for start in starts)

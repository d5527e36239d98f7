"""Files to articles: the text as it stands, its paragraphs, its title, and what belongs to the page only."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from retrieval.corpus.articles import STAND_IN_WORDS, build_article, paragraph_spans, read_article
from retrieval.corpus.boilerplate import mark_boilerplate
from retrieval.corpus.files import Unreadable, scan
from retrieval.corpus.html import declared_encoding
from retrieval.corpus.metadata import Metadata
from retrieval.models import Article, Basis, Evidence
from tests.conftest import SEEDS

TIMES, MARINES = "000_53960138a22f9ebe", "002_1fcff6672cc40b27"
BRIDGE = "The old bridge was closed on Monday. Engineers found cracks in two of its pillars."
FERRY = "Drivers must take the ferry until spring. It leaves on the hour."


def read(folder: Path, content: str | bytes, *, name: str = "a.txt") -> Article:
    """Read one article from a folder of its own."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (file,) = scan(folder, 10_000_000).files
    return read_article(folder, file, Metadata())


def seed(name: str) -> Article:
    (file,) = (file for file in scan(SEEDS, 1_000_000).files if file.id == name)
    return read_article(SEEDS, file, Metadata())


def paragraphs(article: Article) -> list[str]:
    return [article.text[paragraph.start : paragraph.end] for paragraph in article.paragraphs]


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in paragraph_spans(text)]


def marked(*texts: str) -> list[str]:
    """Return those of an article's paragraphs that are boilerplate."""
    return [text for text, mark in zip(texts, mark_boilerplate(texts), strict=True) if mark]


# --- The seeds


@pytest.mark.parametrize(
    ("name", "checksum"),
    [
        (TIMES, "ebd03acd60acaeead2e05a149d36fea3a350290b28dd994be44ea4fae27a8ac7"),
        (MARINES, "72b437dad21acf0aeb4f767ec2cc95430df4e8f884eab8290f93c53beebda779"),
    ],
)
def test_the_text_of_a_seed_is_its_file_byte_for_byte(name: str, checksum: str) -> None:
    content = seed(name).text.encode()
    assert content == (SEEDS / f"{name}.txt").read_bytes()
    assert hashlib.sha256(content).hexdigest() == checksum


@pytest.mark.parametrize(
    ("name", "openings"),
    [
        (TIMES, {7: "SEE ALSO:", 10: "Sign up for", 11: "Copyright ©"}),
        (MARINES, {26: "Shawn Snow is", 27: "Aaron Mehta was", 28: "In Other News"}),
    ],
)
def test_what_belongs_to_the_page_is_marked_in_a_seed_and_nothing_else(name: str, openings: dict[int, str]) -> None:
    article = seed(name)
    found = {
        number: article.text[paragraph.start : paragraph.end]
        for number, paragraph in enumerate(article.paragraphs, start=1)
        if paragraph.boilerplate
    }
    assert found.keys() == openings.keys()
    assert all(text.startswith(openings[number]) for number, text in found.items())


@pytest.mark.parametrize(("name", "count"), [(TIMES, 11), (MARINES, 28)])
def test_the_paragraphs_of_a_seed_are_those_between_its_blank_lines(name: str, count: int) -> None:
    article = seed(name)
    assert paragraphs(article) == [part.strip().removeprefix("date 2019-12-31 ") for part in article.text.split("\n\n")]
    assert len(article.paragraphs) == count


def test_a_seed_without_a_title_shows_its_first_words() -> None:
    article = seed(TIMES)
    assert article.title == "The Pentagon will dispatch additional U.S. troops to guard the…"
    assert article.evidence["title"] == Evidence(Basis.STAND_IN, "the first words of the article")


# --- A date at the head of the text


@pytest.mark.parametrize(
    "head", ["date 2020-01-31 ", " date 2020-01-31 ", "Date: 2020-01-31\n\n", "DATE\t2020-01-31\r\n"]
)
def test_a_leading_date_stays_in_the_text_and_out_of_the_first_paragraph(tmp_path: Path, head: str) -> None:
    article = read(tmp_path, head + BRIDGE)
    assert article.published == date(2020, 1, 31)
    assert article.text == head + BRIDGE
    assert paragraphs(article) == [BRIDGE]


@pytest.mark.parametrize(
    "text",
    [
        f"date 2020-02-31 {BRIDGE}",
        f"date 2020-01-31{BRIDGE}",
        f"update 2020-01-31 {BRIDGE}",
        f"{BRIDGE} date 2020-01-31",
    ],
    ids=["no such day", "no space", "another word", "not leading"],
)
def test_what_is_no_leading_date_stays_in_the_first_paragraph(tmp_path: Path, text: str) -> None:
    article = read(tmp_path, text)
    assert (article.published, paragraphs(article)) == (None, [text])


# --- Titles


def test_the_stand_in_title_is_the_first_sentence_where_it_is_short() -> None:
    article = build_article("a", BRIDGE, Metadata())
    assert article.title == "The old bridge was closed on Monday."
    assert article.evidence["title"].basis is Basis.STAND_IN


def test_the_stand_in_title_ends_after_ten_words_and_without_a_comma() -> None:
    article = build_article("a", "One two three four five six seven eight nine ten, eleven twelve.", Metadata())
    assert article.title == "One two three four five six seven eight nine ten…"
    assert len(article.title.split()) == STAND_IN_WORDS


def test_the_stand_in_title_comes_from_the_first_paragraph_of_the_body() -> None:
    article = build_article("a", f"Sign up for our letter\n\n{BRIDGE}", Metadata())
    assert article.title == "The old bridge was closed on Monday."


@pytest.mark.parametrize("heading", ["# Bridge closed", "#  Bridge closed ##", "#\tBridge closed "])
def test_a_top_heading_is_the_title_of_a_markdown_article(tmp_path: Path, heading: str) -> None:
    article = read(tmp_path, f"{heading}\n\n{BRIDGE}\n", name="a.md")
    assert (article.title, article.evidence["title"]) == ("Bridge closed", Evidence(Basis.STATED, "its heading"))


def test_quotes_do_not_come_from_the_heading() -> None:
    article = build_article("a", f"# Bridge closed\n\n{BRIDGE}", Metadata(), markdown=True)
    assert [paragraph.boilerplate for paragraph in article.paragraphs] == [True, False]


@pytest.mark.parametrize("text", [f"## Bridge\n\n{BRIDGE}", f"{BRIDGE}\n\n# Bridge", f"#Bridge\n\n{BRIDGE}"])
def test_a_heading_that_is_not_the_top_one_is_no_title(text: str) -> None:
    article = build_article("a", text, Metadata(), markdown=True)
    assert article.evidence["title"].basis is Basis.STAND_IN


def test_a_plain_text_has_no_headings(tmp_path: Path) -> None:
    article = read(tmp_path, f"# Bridge closed\n\n{BRIDGE}")
    assert article.evidence["title"].basis is Basis.STAND_IN


# --- The text and its paragraphs


@pytest.mark.parametrize(
    "text",
    [
        f"\t{BRIDGE}\t\tNext.",
        f"{BRIDGE}\r\n\r\n{FERRY}\r\n",
        f"Mr.\u00a0Olsen  said:\u2003“No.”\u200b\n\n\n\n  {BRIDGE}  \n",
        "Cafe\u0301 and café, ﬁve 👩‍🚒 and שלום.\f",
        f"{BRIDGE}\r{FERRY}\n\r\n",
    ],
    ids=["tabs", "CRLF", "odd spaces", "marks", "mixed ends"],
)
def test_the_text_of_an_article_is_its_file_character_for_character(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).text == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One ends\nhere.\n\nTwo.", ["One ends\nhere.", "Two."]),
        ("One.\r\n\r\nTwo.\r\n", ["One.", "Two."]),
        ("One.\r\rTwo.", ["One.", "Two."]),
        ("\n\n One. \n \t\n\n\n\u00a0\nTwo.\n\n", ["One.", "Two."]),
        ("One.\nTwo?\n“Three!”\n", ["One.", "Two?", "“Three!”"]),
        ("One.\r\nTwo.\r\nThree", ["One.", "Two.", "Three"]),
        ("The bridge was\nclosed. It may\nopen in spring.", ["The bridge was\nclosed. It may\nopen in spring."]),
        ("One.\nTwo.\n\nThree.", ["One.\nTwo.", "Three."]),
        ("One paragraph", ["One paragraph"]),
        (" \r\n ", []),
    ],
    ids=["blank line", "CRLF", "CR", "many blank lines", "lines", "CRLF lines", "wrapped", "both", "one", "none"],
)  # fmt: skip
def test_a_text_falls_into_its_paragraphs(text: str, wanted: list[str]) -> None:
    assert split(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "SEE ALSO: More on the flood",
        "# Bridge closed",
        "Advertisement\n\nCopyright © 2020 Courier",
        "---\ntitle: A\n---\n\n",
    ],
    ids=["cross-reference", "heading", "two", "head"],
)
def test_an_article_with_nothing_to_quote_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable, match="it has no article text"):
        read(tmp_path, text, name="a.md")


# --- Boilerplate


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT",
        "Sponsored content",
        "Story continues below advertisement",
        "Read more",
        "Load More Stories",
        "[ Related stories ]",
        "12 Comments",
        "Share this article on Facebook",
        "Tap to enlarge",
        "Click here to read our full coverage, with maps.",
        "Back to top",
        "In Other News\nLoad More",
        "SEE ALSO: River rises again",
        "Read more: The bridge that nobody wanted",
        "Copyright © 2020 The Harrow Courier",
        "Copyright 2020 Courier Media.",
        "© 2020 Courier Media",
        "(c) 2020 Courier Media",
        "The Harrow Courier. All rights reserved.",
        "This material may not be published without leave.",
        "Sign up for our morning letter",
        "Subscribe to the Courier for two crowns a week",
        "Get the best of the Courier in your inbox",
        "Follow Ruth Amsel on Twitter",
        "Contact the newsroom at desk@courier.example",
        "Download our new app",
        "Jo Pell and Kim Ito contributed to this report.",
    ],
)
def test_what_belongs_to_the_page_is_boilerplate(line: str) -> None:
    assert marked(BRIDGE, line, FERRY) == [line]


@pytest.mark.parametrize(
    "body",
    [
        "More than 300 homes lost power when the river rose.",
        "Follow the money, the auditor told the council.",
        "Follow the river north and there is one bridge left on it.",
        "Copyright law is older than the printing trade of this town, the judge wrote.",
        "Copyright law from 1911 was never meant for machines, the judge wrote.",
        "Share this burden with us, the mayor asked the villages upstream.",
        "Tap to pay is coming to the town’s ferries, officials said.",
        "Print shops along the quay stayed shut.",
        "Top officials left the meeting without a word.",
        "Related work on the second pillar starts in May.",
        "Comments by the mayor drew laughter.",
        "Sign language was used throughout the hearing.",
        "Contact with the two crews was lost at noon.",
        "Watch parties were held in three pubs.",
        "See also stands in the margin of the minutes.",
        "Advertisement revenue of the ferry company fell by half.",
        "In other news conferences she had been calmer.",
        "“Read more,” the librarian told the children. “And louder.”",
        "Copyright © 2020 " + "and so the long paragraph goes on with the town’s own affairs " * 6,
    ],
)
def test_a_paragraph_of_the_body_that_only_begins_alike_is_kept(body: str) -> None:
    assert marked(BRIDGE, body, FERRY) == []


@pytest.mark.parametrize(
    "biography",
    [
        "Ruth Amsel is a reporter for the Courier.",
        "Ruth Amsel is the Courier's senior correspondent.",
        "Ruth M. Amsel was deputy editor of the Courier until May.",
        "Ruth Amsel covers the river towns.",
        "Jean-Luc O’Hara writes about bridges for the Courier.",
    ],
)
def test_the_biography_of_the_author_at_the_end_is_boilerplate(biography: str) -> None:
    assert marked(BRIDGE, FERRY, biography) == [biography]


def test_several_biographies_are_marked_with_what_stands_behind_them() -> None:
    end = ["Ruth Amsel is a reporter for the Courier.", "Jo Pell covers the river towns.", "Load More"]
    assert marked(BRIDGE, *end) == end


@pytest.mark.parametrize(
    "texts",
    [
        ["Ruth Amsel left the Courier on Friday.", "Ruth Amsel is a reporter for the Courier."],
        [BRIDGE, "Ruth Amsel is a reporter for the Courier.", FERRY],
        ["Ruth Amsel is a reporter for the Courier."],
        [BRIDGE, "The owner of the ferry is a writer of note."],
        [BRIDGE, "Ruth Amsel is a welder from Harrow."],
        [BRIDGE, "Ruth Amsel is a reporter. " + "She went on about the bridge at length and left nothing out. " * 6],
    ],
    ids=["about a journalist", "in the middle", "alone", "no name", "other trade", "long"],
)
def test_a_paragraph_that_only_reads_like_a_biography_is_kept(texts: list[str]) -> None:
    assert marked(*texts) == []


# --- Pages

LINES = [
    "The town council of Harrow closed the old bridge on Monday after engineers found deep cracks in two pillars.",
    "Repairs will take three months at least, and drivers must use the ferry at Lower Quay until the work is done.",
    "“We had hoped to keep one lane open,” said Ida Brandt, whose bakery has stood beside the bridge since 2003.",
]


def page(head: str = "", *, lines: list[str] = LINES) -> str:
    body = "\n".join(f"<p>{line}</p>" for line in lines)
    return f"""<!DOCTYPE html><html><head>{head}</head><body>
        <nav><ul><li><a href="/">Home page</a></li><li><a href="/sports">Sports pages</a></li></ul></nav>
        <article>{body}</article>
        <footer><p>Imprint of 5 May 2021, Courier Media</p></footer></body></html>"""


HEAD = """<title>Old bridge closed | Harrow Courier</title>
    <meta property="og:title" content="Old bridge closed">
    <meta property="og:site_name" content="Harrow Courier">
    <meta name="author" content="Ruth Amsel">
    <meta property="article:published_time" content="2021-03-04T23:30:00-05:00">
    <link rel="canonical" href="https://courier.example/old-bridge">"""


def test_the_text_of_a_page_is_its_article_without_what_stands_around_it(tmp_path: Path) -> None:
    assert read(tmp_path, page(), name="a.html").text == "\n\n".join(LINES)


def test_the_paragraphs_of_a_page_are_those_of_its_article(tmp_path: Path) -> None:
    assert paragraphs(read(tmp_path, page(HEAD), name="a.html")) == LINES


def test_a_page_states_its_own_metadata(tmp_path: Path) -> None:
    article = read(tmp_path, page(HEAD), name="a.html")
    assert (article.title, article.publisher, article.authors, article.published, article.url) == (
        "Old bridge closed",
        "Harrow Courier",
        ("Ruth Amsel",),
        date(2021, 3, 4),
        "https://courier.example/old-bridge",
    )
    assert set(article.evidence.values()) == {Evidence(Basis.STATED, "the page's own metadata")}


def test_several_authors_of_a_page_are_told_apart(tmp_path: Path) -> None:
    article = read(tmp_path, page('<meta name="author" content="Ruth Amsel, Jo Pell">'), name="a.html")
    assert article.authors == ("Ruth Amsel", "Jo Pell")


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2021-03-04T23:30:00-05:00">',
        '<meta name="DC.date.issued" content="2021-03-04">',
        '<meta itemprop="datePublished" content="March 4, 2021">',
        '<meta name="date" content="soon"><meta name="pubdate" content="2021-03-04">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2021-03-04T23:30:00Z"}</script>',
    ],
    ids=["open graph", "dublin core", "microdata", "second", "linked data"],
)
def test_a_page_states_its_date_in_its_head(tmp_path: Path, head: str) -> None:
    assert read(tmp_path, page(head), name="a.html").published == date(2021, 3, 4)


@pytest.mark.parametrize("mark", ["itemprop='datePublished'", "pubdate"])
def test_a_page_states_its_date_at_its_top(tmp_path: Path, mark: str) -> None:
    top = f"<time {mark} datetime='2021-03-04'>on Thursday</time>"
    assert read(tmp_path, page(lines=[top, *LINES]), name="a.html").published == date(2021, 3, 4)


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<meta property="article:modified_time" content="2021-03-04">',
        '<meta itemprop="copyrightyear" content="2021">',
        '<meta name="date" content="March 2021">',
    ],
    ids=["nothing", "modified", "copyright", "month"],
)
def test_a_page_that_states_no_date_has_none(tmp_path: Path, head: str) -> None:
    lines = [*LINES, "The bridge was opened on July 4, 1931, and repaired on 2 January 2019, the council said."]
    assert read(tmp_path, page(head, lines=lines), name="a.html").published is None


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="windows-1251">',
        "<META CHARSET=windows-1251>",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
    ],
)
def test_a_page_is_read_in_the_encoding_it_declares(tmp_path: Path, head: str) -> None:
    lines = ["Мост закрыт до весны. По словам мэра, лёд повредил две опоры, и ремонт займёт три месяца."] * 3
    content = page(head, lines=lines).encode("cp1251")
    assert read(tmp_path, content, name="a.html").text.startswith(lines[0])


@pytest.mark.parametrize("name", ["iso-8859-1", "ISO-8859-1", "us-ascii"])
def test_a_page_that_declares_latin_1_may_hold_curly_quotes(tmp_path: Path, name: str) -> None:
    content = page(f'<meta charset="{name}">').encode("cp1252")
    assert read(tmp_path, content, name="a.html").text == "\n\n".join(LINES)


def test_a_page_that_declares_nothing_is_read_as_utf_8(tmp_path: Path) -> None:
    content = page().encode()
    assert declared_encoding(content) is None
    assert read(tmp_path, content, name="a.html").text == "\n\n".join(LINES)


@pytest.mark.parametrize("content", ["<html></html>", "<html><body><p> </p></body></html>", "<"])
def test_a_page_without_an_article_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Unreadable, match="no article text was found in the page"):
        read(tmp_path, content, name="a.html")


def test_a_markdown_heading_right_above_its_text_is_a_paragraph_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# The bridge\n## Monday\nIt was closed.\nNobody knew why.", encoding="utf-8")
    (file,) = scan(tmp_path, 1000).files

    article = read_article(tmp_path, file, Metadata())

    assert article.title == "The bridge"
    assert [article.text[p.start : p.end] for p in article.paragraphs] == [
        "# The bridge",
        "## Monday",
        "It was closed.\nNobody knew why.",
    ]
    assert [p.boilerplate for p in article.paragraphs] == [True, False, False]

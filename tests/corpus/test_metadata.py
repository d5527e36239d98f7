"""What is known about an article, where from, and which of several sources is believed."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from retrieval.corpus.articles import read_article
from retrieval.corpus.files import Unreadable, scan
from retrieval.corpus.metadata import Metadata, front_matter, parse_date, read_sidecars
from retrieval.errors import CorpusError
from retrieval.models import Article, Basis, Evidence
from tests.conftest import SEEDS

BODY = "The old bridge was closed on Monday. Engineers found cracks in two of its pillars."
PAGE = f"""<html><head>
<meta property="og:title" content="Title of the page">
<meta property="og:site_name" content="Site of the page">
<meta name="author" content="Ruth Amsel">
<meta property="article:published_time" content="2021-03-04T09:00:00Z">
</head><body><article><p>{BODY * 4}</p></article></body></html>"""


def read(folder: Path, content: str, *, name: str = "a.txt", supplied: str | None = None) -> Article:
    """Read one article from a folder of its own, beside an articles.toml that may be given."""
    (folder / name).write_text(content, encoding="utf-8")
    if supplied is not None:
        (folder / "articles.toml").write_text(supplied, encoding="utf-8")
    found = scan(folder, 1_000_000)
    (file,) = found.files
    described = read_sidecars(folder, found.sidecars)
    return read_article(folder, file, described.get(file.path, Metadata()))


def described(folder: Path, toml: str) -> Metadata:
    """Return what an articles.toml says of a.txt."""
    (folder / "articles.toml").write_text(toml, encoding="utf-8")
    return read_sidecars(folder, ["articles.toml"])["a.txt"]


def headed(yaml: str) -> Metadata:
    """Return what front matter says."""
    return front_matter(f"---\n{yaml}\n---\n\n{BODY}")[0]


def stated_in(source: str) -> Evidence:
    return Evidence(Basis.STATED, source)


# --- Precedence


def test_articles_toml_comes_before_front_matter(tmp_path: Path) -> None:
    content = f"---\ntitle: Of the head\npublished: 2020-01-01\n---\n\n{BODY}"
    article = read(tmp_path, content, supplied='["a.txt"]\ntitle = "Supplied"\npublished = 2020-02-02')
    assert (article.title, article.published) == ("Supplied", date(2020, 2, 2))


def test_articles_toml_comes_before_a_page_s_own_metadata(tmp_path: Path) -> None:
    article = read(tmp_path, PAGE, name="a.html", supplied='["a.html"]\npublisher = "Supplied"\nauthors = ["Jo Pell"]')
    assert (article.publisher, article.authors) == ("Supplied", ("Jo Pell",))


def test_articles_toml_comes_before_a_leading_date(tmp_path: Path) -> None:
    article = read(tmp_path, f"date 2020-01-01 {BODY}", supplied='["a.txt"]\npublished = 2020-02-02')
    assert article.published == date(2020, 2, 2)


def test_front_matter_comes_before_a_leading_date(tmp_path: Path) -> None:
    article = read(tmp_path, f"---\npublished: 2020-02-02\n---\ndate 2020-01-01 {BODY}")
    assert article.published == date(2020, 2, 2)


def test_a_heading_is_the_title_only_where_nothing_else_states_one(tmp_path: Path) -> None:
    article = read(tmp_path, f"---\ntitle: Of the head\n---\n\n# Heading\n\n{BODY}", name="a.md")
    assert article.title == "Of the head"


def test_each_fact_comes_from_the_first_source_that_has_it(tmp_path: Path) -> None:
    content = f"---\ntitle: Of the head\npublisher: Courier\n---\ndate 2020-01-01 {BODY}"
    article = read(tmp_path, content, supplied='["a.txt"]\npublisher = "Supplied"')
    assert (article.title, article.publisher, article.published) == ("Of the head", "Supplied", date(2020, 1, 1))
    assert article.evidence == {
        "title": stated_in("its front matter"),
        "publisher": stated_in("articles.toml"),
        "published": stated_in("the date at the head of its text"),
    }


def test_what_no_source_states_stays_unknown(tmp_path: Path) -> None:
    article = read(tmp_path, BODY)
    assert (article.publisher, article.authors, article.published, article.url) == (None, (), None, None)
    assert article.evidence.keys() == {"title"}


# --- articles.toml


def test_the_seeds_have_their_publishers_and_authors() -> None:
    known = read_sidecars(SEEDS, ["articles.toml"])
    assert {path: (facts.publisher, facts.authors) for path, facts in known.items()} == {
        "000_53960138a22f9ebe.txt": ("The Washington Times", ()),
        "002_1fcff6672cc40b27.txt": ("Military Times", ("Shawn Snow", "Aaron Mehta")),
    }


def test_one_seed_states_its_date_and_that_of_the_other_is_inferred() -> None:
    known = read_sidecars(SEEDS, ["articles.toml"])
    assert {path: (facts.published, facts.evidence["published"].basis) for path, facts in known.items()} == {
        "000_53960138a22f9ebe.txt": (date(2019, 12, 31), Basis.STATED),
        "002_1fcff6672cc40b27.txt": (date(2020, 1, 2), Basis.INFERRED),
    }


def test_every_fact_of_a_plain_entry_is_stated_by_the_file_it_stands_in(tmp_path: Path) -> None:
    toml = """["a.txt"]
        title = "Bridge closed"
        publisher = "Courier"
        authors = ["Ruth Amsel", "Jo Pell"]
        published = 2020-01-31
        url = "https://courier.example/bridge"
    """
    assert described(tmp_path, toml) == Metadata(
        title="Bridge closed",
        publisher="Courier",
        authors=("Ruth Amsel", "Jo Pell"),
        published=date(2020, 1, 31),
        url="https://courier.example/bridge",
        evidence={name: stated_in("articles.toml") for name in ("title", "publisher", "authors", "published", "url")},
    )


def test_an_entry_says_how_and_from_what_a_fact_is_known(tmp_path: Path) -> None:
    facts = described(tmp_path, '["a.txt".authors]\nvalue = "Ruth Amsel"\nbasis = "inferred"\nfrom = "its last line"')
    assert facts.authors == ("Ruth Amsel",)
    assert facts.evidence == {"authors": Evidence(Basis.INFERRED, "its last line")}


def test_a_deeper_articles_toml_comes_before_a_shallow_one_fact_by_fact(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "articles.toml").write_text('["sub/a.txt"]\ntitle = "Shallow"\npublisher = "Courier"')
    (tmp_path / "sub" / "articles.toml").write_text('["a.txt"]\ntitle = "Deep"')
    facts = read_sidecars(tmp_path, ["articles.toml", "sub/articles.toml"])["sub/a.txt"]
    assert (facts.title, facts.publisher) == ("Deep", "Courier")
    assert facts.evidence["title"] == stated_in("sub/articles.toml")


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('["a.txt"]\npublishr = "Courier"', "unknown fact 'publishr' (did you mean 'publisher'?). "),
        ('["a.txt"]\nauthor = "Ruth Amsel"', "unknown fact 'author' (did you mean 'authors'?). "),
        ('["a.txt"]\nqqq = 1', "unknown fact 'qqq'. "),
        ('["a.txt".title]\nvalu = "Bridge"', "unknown key 'valu' under 'title'; there are value, basis and from"),
        ('["a.txt".title]\nvalue = "Bridge"\nbasis = "guessed"', "'guessed'; it is 'stated' or 'inferred'"),
        ('["a.txt"]\ntitle = 5', "5 is not a text"),
        ('["a.txt"]\nauthors = 5', "5 is not a list of authors"),
        ('["a.txt"]\npublished = "January 2020"', "'January 2020' is not a date; write it as 2020-01-31"),
        ('["a.txt"]\nurl = "courier.example"', "'courier.example' is not a web address"),
        ('"a.txt" = "Bridge"', "not a table of facts"),
    ],
    ids=["fact", "alias", "no near fact", "key", "basis", "text", "authors", "date", "url", "table"],
)
def test_a_slip_in_articles_toml_stops_the_run_and_names_its_place(tmp_path: Path, toml: str, complaint: str) -> None:
    with pytest.raises(CorpusError) as caught:
        described(tmp_path, toml)
    message = str(caught.value)
    assert message.startswith("articles.toml, a.txt: ")
    assert complaint in message
    assert message.endswith("Nothing was changed.")


@pytest.mark.parametrize("content", [b'["a.txt"\n', b'["a.txt"]\ntitle = "caf\xe9"'], ids=["syntax", "encoding"])
def test_an_articles_toml_that_is_not_toml_stops_the_run(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "articles.toml").write_bytes(content)
    with pytest.raises(CorpusError, match=r"^articles\.toml is not TOML: .+ Nothing was changed\.$"):
        read_sidecars(tmp_path, ["articles.toml"])


def test_an_articles_toml_that_cannot_be_opened_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"articles\.toml cannot be read \(No such file or directory\)"):
        read_sidecars(tmp_path, ["articles.toml"])


# --- Front matter


def test_front_matter_gives_the_five_facts() -> None:
    facts = headed(
        "title: Bridge closed\npublisher: Courier\nauthors: [Ruth Amsel, Jo Pell]\npublished: 2020-01-31\n"
        "url: http://courier.example/bridge"
    )
    assert (facts.title, facts.publisher, facts.authors, facts.published, facts.url) == (
        "Bridge closed",
        "Courier",
        ("Ruth Amsel", "Jo Pell"),
        date(2020, 1, 31),
        "http://courier.example/bridge",
    )


def test_author_and_date_are_other_names_for_authors_and_published() -> None:
    facts = headed("author: Ruth Amsel\ndate: 2020-01-31")
    assert (facts.authors, facts.published) == (("Ruth Amsel",), date(2020, 1, 31))


def test_keys_and_empty_values_that_mean_nothing_here_are_left_alone() -> None:
    assert headed("layout: post\ntags: [bridge]\ntitle:\nauthor: null\npublished: ''") == Metadata()


def test_runs_of_white_space_in_a_fact_become_one_space() -> None:
    assert headed("title: >\n  Bridge\n  closed   again") == headed("title: Bridge closed again")


def test_the_text_goes_on_behind_front_matter() -> None:
    text = f"---\r\ntitle: Bridge\r\n---\r\n{BODY}"
    _, start = front_matter(text)
    assert text[start:] == BODY


@pytest.mark.parametrize(
    "value",
    [
        "2020-01-02",
        "'2020-01-02'",
        "2020-01-02 23:30:00",
        "2020-01-02T23:30:00-05:00",
        "January 2, 2020",
        "2 Jan 2020",
        "Thursday, January 2, 2020",
        "Jan. 2, 2020 11:30 PM EST",
        "'20200102'",
    ],
)
def test_a_whole_date_is_read_as_people_write_it(value: str) -> None:
    assert headed(f"published: {value}").published == date(2020, 1, 2)


@pytest.mark.parametrize("value", [date(2020, 1, 2), datetime(2020, 1, 2, 23, 30)], ids=["date", "moment"])
def test_a_date_that_already_is_one_is_taken_as_it_is(value: date) -> None:
    assert parse_date(value) == date(2020, 1, 2)


@pytest.mark.parametrize(
    "value",
    [
        "January 2020", "2020", "Jan 2", "2020-01", "Monday", "Monday 2020", "Monday, January 2020", "12:30",
        "yesterday", "2020-02-30x", "[2020-01-02]", "99999999999999999999",
    ],
)  # fmt: skip
def test_a_date_that_is_not_whole_is_refused_with_the_way_to_write_it(value: str) -> None:
    with pytest.raises(Unreadable, match=r"^its front matter: .* is not a date; write it as 2020-01-31$"):
        headed(f"published: {value}")


def test_a_date_of_no_calendar_is_refused_for_what_is_wrong_with_it() -> None:
    with pytest.raises(Unreadable, match=r"^its front matter: day is out of range for month$"):
        headed("published: 2020-02-30")


@pytest.mark.parametrize("value", ["courier.example", "ftp://courier.example/a", "javascript:alert(1)", "https:// a b"])
def test_an_address_that_is_not_of_the_web_is_refused(value: str) -> None:
    with pytest.raises(Unreadable, match="is not a web address; it begins with https://"):
        headed(f"url: '{value}'")


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [("title: [Bridge]", "['Bridge'] is not a text"), ("authors: {a: b}", "{'a': 'b'} is not a list of authors")],
)
def test_a_value_of_the_wrong_kind_is_refused(yaml: str, complaint: str) -> None:
    with pytest.raises(Unreadable) as caught:
        headed(yaml)
    assert str(caught.value) == f"its front matter: {complaint}"


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("title: Bridge: closed", 2),
        ("title: Bridge\nauthors: [Ruth Amsel", 3),
        ("title: Bridge\nurl: @home", 3),
        ("title: Bridge\n\n\tpublisher: Courier", 4),
    ],
)
def test_front_matter_that_is_not_yaml_is_refused_by_its_line_in_the_file(yaml: str, line: int) -> None:
    with pytest.raises(Unreadable, match=rf"^its front matter is not plain YAML at line {line}$"):
        headed(yaml)


@pytest.mark.parametrize(
    "yaml",
    ["title: !!int ''", "title: !!timestamp soon", "title: !!bool maybe", "title: !!python/name:os.system x"],
)
def test_yaml_tags_that_do_not_hold_are_refused(yaml: str) -> None:
    with pytest.raises(Unreadable, match="is not plain YAML"):
        headed(yaml)


def test_front_matter_nested_without_end_is_refused() -> None:
    with pytest.raises(Unreadable, match="is not plain YAML"):
        headed("title: " + "[" * 1500)


@pytest.mark.parametrize(
    ("first", "tenfold"),
    [("[x, x]", "[" + "*{0}, " * 10 + "]"), ("{x: x}", "{{<<: [" + "*{0}, " * 10 + "]}}")],
    ids=["lists", "merged tables"],
)
def test_front_matter_that_would_unfold_to_gigabytes_is_refused(first: str, tenfold: str) -> None:
    lines = [f"{name}: &{name} {tenfold.format(before)}" for before, name in pairwise("abcdefghijklmnop")]
    with pytest.raises(Unreadable, match="is not plain YAML at line 3"):
        headed("\n".join([f"a: &a {first}", *lines, "title: *p"]))


@pytest.mark.parametrize(
    "text",
    [
        f"---\n\n{BODY}\n\n---\n\n{BODY}",
        f"---\n{BODY}\n---\n{BODY}",
        f"----\ntitle: Bridge\n----\n{BODY}",
        f"---\ntitle: Bridge\n\n{BODY}",
        f"{BODY}\n---\ntitle: Bridge\n---\n",
        f"---\n- title: Bridge\n---\n{BODY}",
    ],
    ids=["rule", "rule before words", "longer rule", "no end", "further down", "list"],
)
def test_lines_of_dashes_that_are_no_front_matter_stay_in_the_text(text: str) -> None:
    assert front_matter(text) == (Metadata(), 0)


def test_a_title_that_is_a_number_is_a_title(tmp_path: Path) -> None:
    facts, _ = front_matter("---\ntitle: 1984\n---\nIt was a bright cold day.")

    assert facts.title == "1984"

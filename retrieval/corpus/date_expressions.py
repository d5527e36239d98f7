"""The date expressions of English news, and how each is counted from the day it was written.

Each alternative of the pattern is one named group: the group's text is the expression, and the function of the same
kind resolves it, or tells that it is no date after all.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from dateutil.relativedelta import relativedelta

from retrieval.corpus.calendar_days import (
    MONTHS,
    WEEKDAYS,
    Days,
    holiday,
    month_number,
    month_of,
    moved,
    number_of,
    one_day,
    unit_of,
    year_of,
)
from retrieval.corpus.sentences import split_sentences


class Known(Enum):
    """What makes the days of an expression certain."""

    FULLY = "it names day, month and year"
    BY_YEAR = "it names the year"
    ANY_YEAR = "it names a day or a month, as every year has it"
    FROM_TODAY = "it is counted from the day it was written"


@dataclass(frozen=True, slots=True)
class Found:
    """A date expression, its days, and how they are known."""

    start: int
    end: int
    first: date
    last: date
    known: Known


def find_dates(
    text: str, written: date | None, start: int = 0, end: int | None = None, *, typed: bool = False
) -> Iterator[Found]:
    """Yield the date expressions in `text[start:end]` with how each is known.

    `typed` reads a question: names need no capital, and "12/31" is a day.
    """
    earlier: Found | None = None
    for match in (_TYPED if typed else _PRINTED).finditer(text, start, len(text) if end is None else end):
        kind = match.lastgroup or ""
        if earlier and (match.start() - earlier.end > REACH or "\n" in text[earlier.end : match.start()]):
            earlier = None
        place = _Place(text, match, written or NO_DAY, earlier.first if earlier else None, typed)
        try:
            read = _KINDS[kind](place)
            if read is None or (written is None and read[2] is not Known.FULLY):
                continue
            first, last, known = read
            found = _shifted(place, Found(match.start(kind), match.end(kind), first, last, known))
        except (ValueError, OverflowError):
            continue  # the 31st of June, a thousand years ago
        yield found
        if first == last:
            earlier = found


NUMBER = "an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,3}"
DAY_NAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SHORT_DAY = r"(?:Mon|Tues?|Wed|Thurs?|Thur|Fri|Sat|Sun)\b\.?"
_MONTH = rf"(?:(?:{'|'.join(MONTHS)})\b|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY = "(?:3[01]|[12][0-9]|0?[1-9])"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})(?![\w%]|[.,:/-][0-9])"
_TH = "(?:st|nd|rd|th)?"
_S = r"\s{1,3}"
_PART = "(?:morning|afternoon|evening|night)"
_HOLIDAY = (
    r"New\sYear[’']?s\s(?:Eve|Day)|Christmas\s(?:Eve|Day)|Boxing\sDay|Thanksgiving\sDay|Labou?r\sDay|Memorial\sDay"
    r"|Independence\sDay|July\sFourth|Fourth\sof\sJuly|Veterans[’']?\sDay|Valentine[’']?s\sDay|Juneteenth"
    r"|Good\sFriday|Easter\s(?:Sunday|Monday)|Palm\sSunday|Ash\sWednesday|St\.?\sPatrick[’']?s\sDay"
    r"|Martin\sLuther\sKing(?:,?\sJr\.?)?\sDay|MLK\sDay|Presidents?[’']?s?\sDay|Columbus\sDay"
)
_FEAST = "Christmas|Thanksgiving|Halloween|Easter"

_EXPRESSIONS = rf"""
  (?<![\w.:/-])(?P<iso> (?P<iso_year>[12][0-9]{{3}})-(?P<iso_month>[0-9]{{2}})-(?P<iso_day>[0-9]{{2}})
    )(?=T[0-9]|[^\w-]|\Z)
| (?<![\w.:/-])(?P<numeric> (?P<one>[0-9]{{1,2}})(?P<between>[./-])(?P<two>[0-9]{{1,2}})(?P=between)
    (?P<numeric_year>[12][0-9]{{3}}))(?![\w/]|[.-][0-9])
| (?<![\w.,$£€#-])(?P<dayfirst> (?:(?P<df_weekday>{DAY_NAME}|{_SHORT_DAY}),?{_S})?
    (?:(?P<df_between>[Bb]etween){_S}
    (?=(?:the{_S})?{_DAY}{_TH}{_S}and{_S}(?:the{_S})?{_DAY}{_TH}{_S}(?:of{_S})?{_MONTH}))?
    (?:(?i:the){_S})?(?P<df_day>{_DAY}){_TH}
    (?:(?:\s?[-–]\s?|{_S}(?:to|through|until|(?(df_between)and|to)){_S})(?:the{_S})?(?P<df_to>{_DAY}){_TH})?
    {_S}(?:of{_S})?
    (?P<df_month>{_MONTH}) (?:,?{_S}(?P<df_year>{_YEAR}))? )(?![\w%]|\.?\s?[0-9]{{1,2}}(?![0-9]))
| \b(?P<monthfirst> (?:(?P<mf_weekday>{DAY_NAME}|{_SHORT_DAY}),?{_S})?
    (?:(?P<mf_between>[Bb]etween){_S}(?={_MONTH}\s{{0,3}}{_DAY}{_TH}{_S}and{_S}{_DAY}{_TH}(?!{_S}{_MONTH}|\w)))?
    (?P<mf_month>{_MONTH})\s{{0,3}}(?P<mf_day>{_DAY}){_TH}
    (?:(?:\s?[-–]\s?|{_S}(?:to|through|(?(mf_between)and|to)){_S})(?P<mf_to>{_DAY}){_TH})?
    (?:,?{_S}(?P<mf_year>{_YEAR})|,(?P<mf_tight>{_YEAR}))? )
    (?![\w%]|[.,:/-][0-9]|{_S}(?:percent|per\scent|[mb]illion)\b)
| \b(?P<monthyear> (?P<my_month>{_MONTH}),?{_S}(?:of{_S})?(?P<my_year>{_YEAR}))
| \b(?P<holiday> (?P<ho_name>{_HOLIDAY})\b(?:,?{_S}(?P<ho_year>{_YEAR}))? )
    (?!{_S}(?:weekend|week|season|sales?|holidays?|massacre|bombing)\b)
| \b(?P<feast> (?:(?P<fe_which>(?i:last|this|next)){_S})?(?P<fe_name>{_FEAST})\b(?:,?{_S}(?P<fe_year>{_YEAR}))? )
    (?=\W*\Z|[^\w\s]|{_S}(?:[^a-z\s]|(?:{_PART}|this|last|and|in|at|when|as|for|to|by|with|was|but|or|because|after
    |before|that|while|were|is|will|had|has|the|he|she|they|it)\b))
| \b(?P<edge> (?:(?i:the){_S})?(?P<ed_which>(?i:first|last)){_S}day{_S}of{_S}(?:
    (?P<ed_month>{_MONTH})(?:,?{_S}(?P<ed_monthyear>{_YEAR}))?|(?P<ed_year>{_YEAR})|the{_S}(?P<ed_this>year|month)\b))
| \b(?P<ordinal>(?<=[Oo]n\s)(?i:the){_S}(?P<or_day>{_DAY})(?:st|nd|rd|th))(?=\s*(?:[?.,;!)]|\Z))
| \b(?P<relative> (?i:the{_S}day{_S}before{_S}yesterday|the{_S}day{_S}after{_S}tomorrow|(?:earlier|later){_S}today
    |(?:yesterday|tomorrow){_S}{_PART}|(?<!USA\s)today|yesterday|tomorrow|tonight|last{_S}night
    |this{_S}(?:morning|afternoon|evening)) )\b
| \b(?P<told> (?i:(?:earlier|later){_S}in{_S}the{_S}day|(?:that(?:{_S}same)?|the{_S}same){_S}(?:day|{_PART})
    |the{_S}(?:next|following){_S}(?:day|{_PART})|the{_S}previous{_S}(?:day|{_PART})
    |the{_S}(?:day|night){_S}before(?=\s*[.,;:!?)”"]|\Z)) )\b
| \b(?P<ago> (?P<ago_count>(?i:{NUMBER})){_S}(?P<ago_unit>day|week|month|year)s?{_S}
    (?P<ago_way>ago|earlier|later|(?:before|after)(?=\s*[.,;:!?)”"]|\Z)) )\b
| \b(?P<window> (?:(?i:the){_S})?(?P<wi_way>(?i:past|last|next|coming)){_S}(?P<wi_count>(?i:{NUMBER})){_S}
    (?P<wi_unit>day|week|month|year)s?
    |(?i:the){_S}(?:past|last){_S}(?P<wi_one>week|month|year)(?!{_S}of\b) )\b
| \b(?<!the\s)(?P<unit> (?:(?P<un_part>(?i:earlier|later)){_S})?(?P<un_which>(?i:last|this{_S}past|this|next)){_S}
    (?P<un_unit>week|month|year) )\b
| \b(?P<weekend> (?P<we_which>(?i:(?:the|this){_S}past|(?:the|this){_S}coming|last|this|next|the)){_S}weekend )\b
    (?!{_S}(?:before|after|of|prior|following|when)\b)
| \b(?P<weekday> (?:(?P<wd_which>(?i:this{_S}past|this{_S}coming|last|past|this|next|coming)){_S})?
    (?P<wd_day>{DAY_NAME})(?:{_S}(?:of{_S})?(?P<wd_week>last|this|next){_S}week)?(?:{_S}{_PART}\b)?
    )\b(?!{_S}of\b|{_S}(?:Times|Telegraph|Mirror|Mail|Express|Herald|[Ss]chool)\b|{_S}Night{_S}[A-Z])
| \b(?P<month> (?:(?P<mo_which>(?i:last|this|next)){_S})?(?P<mo_name>{"|".join(MONTHS)}) )\b
| (?:(?<=\b[Mm]id-)|(?<![\w.,$£€#:/-]))(?P<year> (?P<ye_first>1[5-9][0-9]{{2}}|20[0-9]{{2}})
    (?:\s?[-–]\s?(?P<ye_last>(?:1[5-9]|20)?[0-9]{{2}}))? )(?![\w%–]|-\w|[.,:/][0-9]|{_S}block\b)
| (?<![\w.,$£€#:/-])(?P<decade>(?P<de_first>(?:1[5-9]|20)[0-9]0)s)\b
"""
_TYPED_ONLY = rf"""
| (?<![\w.:/-])(?P<slashed>(?P<sl_month>1[0-2]|0?[1-9])/(?P<sl_day>{_DAY}))(?![\w/]|[.-][0-9])
| (?<![\w.:/-])(?P<dotted>(?P<do_day>{_DAY})\.(?P<do_month>1[0-2]|0?[1-9])\.)(?!\w)
"""
_BEGINS = r"""\b(?=[0-9]
    |J(?:an|u[nl])|Feb|Ma(?:r|y|rtin)|A(?:pr|ug|sh\s)|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun
    |New\sYear|Christmas|Boxing|Labou?r|Memorial|Independence|Fourth|Veteran|Valentine|Good|Easter|Palm|St\.?\s|MLK
    |President|Columbus|Halloween|Thanks
    |(?:[Aa]n?|[Tt]he)\s+(?:[0-9]|day|week|month|year|same|next|following|previous|past|last|first|night|coming|Fourth)
    |[Tt]h(?:is|at|ree)\s|[Ll]ast\s|[Nn]ext\s|[Pp]ast\s|[Cc]oming\s|[Ee]arlier\s|[Ll]ater\s
    |[Tt](?:od|on|om|wo\s|en\s|welve\s|ODAY)|[Yy]est|[Oo]ne\s|[Ff](?:our|ive)\s|[Ss](?:ix|even)\s|[Ee](?:ight|leven)\s
    |[Nn]ine\s)"""
"""How any expression begins: most words of a text need not be tried at all."""
_PRINTED = re.compile(f"{_BEGINS}(?:{_EXPRESSIONS})", re.VERBOSE)
_TYPED = re.compile(f"(?<!\\w)(?:{_EXPRESSIONS}{_TYPED_ONLY})", re.VERBOSE | re.IGNORECASE)

REACH = 400
"""Characters. From farther away no day is counted on."""
_SENTENCE = 200
"""Characters. So far a word that tells whether a sentence looks ahead is looked for."""
NO_DAY = date(2000, 1, 1)
"""Stands in where the day of writing is not known, and nothing is counted from it."""

_NOT_ONE_DAY = re.compile(
    r"\b(?:every|each|an?|one|another|most|any|some|previous|following|preceding|Black|Super|Bloody|Holy|Fat|Cyber"
    r"|Giving|Casual|Maundy|Sheffield|Ruby)\s+\Z",
    re.IGNORECASE,
)
_BEFORE_YEAR = re.compile(
    r"(?:\b(?P<sure>in|since|until|till|during|early|mid|late|spring|summer|fall|autumn|winter|the|year|circa)\s+"
    r"|\b(?:of|by|from|to|through|after|before|between|and|an?|his|her|its|their)\s+|\(|\bmid-)\Z",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s+(?:people|percent|men|women|children|(?:[a-z]+\s)?(?!(?:was|is|has|as|its|his|this)\b)[a-z]{2,}s)\b"
)
_SHARED_NAMES = {"march", "april", "may", "june", "august"}
"""Months that are also a verb, a march or a person."""
_BEFORE_MONTH = re.compile(r"\b(?:in|since|until|during|through|early|mid|late)[\s-]+\Z", re.IGNORECASE)
_BEFORE_FEAST = re.compile(r"\b(?:on|since|before|after|by|until|around|at|over)\s+\Z", re.IGNORECASE)
_ATTACKS = re.compile(r"\s+(?:terror\w*\s+)?(?:attack|terror|hijack)")
_SHIFT = re.compile(
    rf"\b(?P<count>the|{NUMBER})\s+(?:(?P<day>day|night|morning)|(?P<week>week))s?\s+(?P<way>before|after)\s+\Z", re.I
)

_AHEAD = (
    r"will|['’]ll|won['’]t|shall|would(?!\s+have)|going\s+to|is\s+to|are\s+to|scheduled|slated|expect(?:ed|s)\s+to|due"
    r"|plan(?:s|ned|ning)?\s+(?:to|for)|intends?\s+to|hopes?\s+to|set\s+to|next|upcoming|coming"
)
_DONE = (
    r"(?:said|says|told|announced|reported|confirmed|warned|tweeted|wrote|testified|added|stated|acknowledged|claimed"
    r"|admitted)(?!\s*,)|according\s+to|(?:after|following|since|amid)(?=\s+\w)|wake\s+of"
    r"|(?:that|which|who|when|where)\s+(?:\w+ed|was|were|had|struck|hit|left|took|began|broke|shot|led|fell|came)"
)
_MARKERS = re.compile(rf"(?P<ahead>(?<!\w)(?:{_AHEAD})\b)|\b(?P<done>{_DONE})\b", re.IGNORECASE)
_JUST_DONE = re.compile(
    r"(?<!\bbe\s)(?<!\bbeing\s)(?<!\bget\s)\b(?!(?:expected|scheduled|planned|slated|need)\b)[a-z]{2,}ed"
    r"(?:\s[a-z]+ly)?(?:\s(?:on|late|early))?\s\Z",
)
_JUST_AHEAD = re.compile(
    r"\b(?:starting|beginning|scheduled|slated|expected|planned|set|due)\s(?:on\s|for\s)?\Z"
    # In the present of a timetable: "the two meet on Saturday".
    r"|(?<!\bthe\s)(?<!\ba\s)\b(?:meets?|faces?|hosts|opens|reopens|begins|starts|resumes|convenes|expires|kicks?\soff)"
    r"\s(?:again\s)?(?:on\s)?\Z",
    re.IGNORECASE,
)
_FIRST_VERB = re.compile(rf"(?P<ahead>(?<!\w)(?:{_AHEAD})\b)|\b(?:[a-z]{{2,}}ed|was|were|had|did|{_DONE})\b")
_AT_BEGINNING = re.compile(r"""(?:\A|\n|[.!?]["”’)]*\s)\W*(?:(?:on|by|early|late)\s+)*\Z""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Place:
    """A match in its text: the day of writing, and the last single day that was named before it."""

    text: str
    match: re.Match[str]
    written: date
    earlier: date | None
    typed: bool

    def __getitem__(self, group: str) -> str:
        found: str | None = self.match[group]
        return found or ""

    def says(self, group: str) -> str:
        """Return a group in lower case, with single spaces."""
        return " ".join(self[group].lower().split())

    @property
    def before(self) -> str:
        """The characters before the expression, enough for two words."""
        start: int = self.match.start(self.match.lastgroup or 0)
        return self.text[max(0, start - 30) : start]

    def looks_ahead(self) -> bool | None:
        """Say whether the sentence speaks of a day to come, as far as its words tell.

        The last of the words before the expression that tell it decides, for "will send troops, Smith said Thursday"
        was said. Where the sentence begins with the day, the first of those behind it does.
        """
        start, end = self.match.span()
        if _JUST_AHEAD.search(self.before):
            return True
        if _JUST_DONE.search(self.before):
            return False
        markers = list(_MARKERS.finditer(self.text, max(0, start - _SENTENCE), start))
        if markers and self._is_one_sentence(markers[-1].start(), end):
            return markers[-1].lastgroup == "ahead"
        if _AT_BEGINNING.search(self.before) and not self.text.startswith(("'", "’"), end):
            verb = _FIRST_VERB.search(self.text, end, end + _SENTENCE)
            if verb and self._is_one_sentence(end, verb.end()):
                return verb.lastgroup == "ahead"
        return None

    def _is_one_sentence(self, start: int, end: int) -> bool:
        return len(split_sentences(self.text, start, end)) == 1


_Read = tuple[date, date, Known] | None


def _shifted(place: _Place, found: Found) -> Found:
    """Count on from a named day: "the day after Christmas"."""
    shift = _SHIFT.search(place.text, max(0, found.start - 40), found.start)
    if not shift or found.first != found.last or place.text.startswith(("'s", "’s"), found.end):
        return found
    steps = number_of(shift["count"]) * (7 if shift["week"] else 1)
    days = timedelta(steps if shift["way"].lower() == "after" else -steps)
    return Found(shift.start(), found.end, found.first + days, found.last + days, found.known)


def _iso(place: _Place) -> _Read:
    day = date(int(place["iso_year"]), int(place["iso_month"]), int(place["iso_day"]))
    return day, day, Known.FULLY


def _numeric(place: _Place) -> _Read:
    one, two, year = int(place["one"]), int(place["two"]), int(place["numeric_year"])
    american = (place["between"] == "/" and one <= 12) or two > 12
    day = date(year, one, two) if american else date(year, two, one)
    return day, day, Known.FULLY


def _day_first(place: _Place) -> _Read:
    return _day_of_month(place, "df", place["df_year"])


def _month_first(place: _Place) -> _Read:
    return _day_of_month(place, "mf", place["mf_year"] or place["mf_tight"])


def _day_of_month(place: _Place, kind: str, year: str) -> _Read:
    month, day = month_number(place[f"{kind}_month"]), int(place[f"{kind}_day"])
    until = int(place[f"{kind}_to"] or day)
    if until < day:
        return None
    if year:
        return date(int(year), month, day), date(int(year), month, until), Known.FULLY
    if (month, day) == (9, 11) and _ATTACKS.match(place.text, place.match.end()):
        return date(2001, 9, 11), date(2001, 9, 11), Known.BY_YEAR
    weekday = place[f"{kind}_weekday"][:3].title()

    def on_weekday(days: Days) -> bool:
        return not weekday or WEEKDAYS[days[0].weekday()].startswith(weekday)

    first, last = _nearest(place, lambda year: (date(year, month, day), date(year, month, until)), on_weekday)
    return first, last, Known.ANY_YEAR


def _slashed(place: _Place) -> _Read:
    return _yearly_day(place, int(place["sl_month"]), int(place["sl_day"]))


def _dotted(place: _Place) -> _Read:
    return _yearly_day(place, int(place["do_month"]), int(place["do_day"]))


def _yearly_day(place: _Place, month: int, day: int) -> _Read:
    return *_nearest(place, lambda year: one_day(date(year, month, day))), Known.ANY_YEAR


def _month_year(place: _Place) -> _Read:
    return *month_of(int(place["my_year"]), month_number(place["my_month"])), Known.BY_YEAR


def _holiday(place: _Place) -> _Read:
    return _feast_day(place, place.says("ho_name"), place["ho_year"], "")


def _feast(place: _Place) -> _Read:
    if not (place["fe_which"] or place["fe_year"] or _BEFORE_FEAST.search(place.before)):
        return None
    return _feast_day(place, place.says("fe_name"), place["fe_year"], place.says("fe_which"))


def _feast_day(place: _Place, name: str, year: str, which: str) -> _Read:
    rule = holiday(name)
    if year:
        return *one_day(rule(int(year))), Known.BY_YEAR
    if which:
        return *_counted(place, which, lambda year: one_day(rule(year))), Known.FROM_TODAY
    moves = len({(rule(year).month, rule(year).day) for year in (2001, 2002, 2003)}) > 1
    return *_nearest(place, lambda year: one_day(rule(year))), Known.FROM_TODAY if moves else Known.ANY_YEAR


def _edge(place: _Place) -> _Read:
    known = Known.ANY_YEAR if not (place["ed_monthyear"] or place["ed_year"]) else Known.BY_YEAR
    if place["ed_month"]:
        month = month_number(place["ed_month"])
        if place["ed_monthyear"]:
            days = month_of(int(place["ed_monthyear"]), month)
        else:
            days = _nearest(place, lambda year: month_of(year, month))
    elif place.says("ed_this") == "month":
        days, known = month_of(place.written.year, place.written.month), Known.FROM_TODAY
    else:
        days = year_of(int(place["ed_year"] or place.written.year))
    return *one_day(days[0] if place.says("ed_which") == "first" else days[1]), known


def _ordinal(place: _Place) -> _Read:
    month = place.written.replace(day=1)
    for _ in range(3):
        if int(place["or_day"]) <= monthrange(month.year, month.month)[1]:
            day = month.replace(day=int(place["or_day"]))
            if day <= place.written:
                return day, day, Known.FROM_TODAY
        month -= relativedelta(months=1)
    return None


def _relative(place: _Place) -> _Read:
    words = place.says("relative")
    days = 0
    if "yesterday" in words or words == "last night":
        days = -2 if words.startswith("the") else -1
    elif "tomorrow" in words:
        days = 2 if words.startswith("the") else 1
    return *one_day(place.written + timedelta(days)), Known.FROM_TODAY


def _told(place: _Place) -> _Read:
    """Resolve a day that is counted from the one before it in the text."""
    words = place.says("told")
    if words.endswith("in the day"):
        return *one_day(place.earlier or place.written), Known.FROM_TODAY
    if place.earlier is None:
        return None
    days = 1 if "next" in words or "following" in words else -1 if "previous" in words or "before" in words else 0
    return *one_day(place.earlier + timedelta(days)), Known.FROM_TODAY


def _ago(place: _Place) -> _Read:
    """Resolve "two days ago"; weeks, months and years ago are whole ones, for nobody counts them to the day."""
    count, unit, way = number_of(place["ago_count"]), place.says("ago_unit"), place.says("ago_way")
    later = way in ("later", "after")
    base = place.written if way == "ago" else place.earlier
    if base is None and not later:
        base = place.written
    if base is None:
        return None
    return *unit_of(moved(base, count if later else -count, unit), unit), Known.FROM_TODAY


def _window(place: _Place) -> _Read:
    unit = place.says("wi_unit") or place.says("wi_one")
    count = number_of(place["wi_count"] or "one")
    if place.says("wi_way") in ("next", "coming"):
        return place.written, moved(place.written, count, unit), Known.FROM_TODAY
    return moved(place.written, -count, unit), place.written, Known.FROM_TODAY


def _of_unit(place: _Place) -> _Read:
    unit, which = place.says("un_unit"), place.says("un_which")
    first, last = unit_of(moved(place.written, _STEPS.get(which, -1), unit), unit)
    if which == "this" and place["un_part"]:
        first, last = (first, place.written) if place.says("un_part") == "earlier" else (place.written, last)
    return first, last, Known.FROM_TODAY


def _weekend(place: _Place) -> _Read:
    which = place.says("we_which").removeprefix("the ").removeprefix("this ")
    monday = place.written - timedelta(place.written.weekday())
    saturday = monday + timedelta(5)
    if which not in ("coming", "next"):
        ahead = False if which in ("last", "past") else place.looks_ahead()
        coming = which == "this" and place.written.weekday() in (2, 3, 4)
        running = which in ("this", "the") and place.written.weekday() > 4
        if not (running or ahead or (ahead is None and coming)):
            saturday -= timedelta(7)
    elif place.written.weekday() > 4:
        saturday += timedelta(7)
    return saturday, saturday + timedelta(1), Known.FROM_TODAY


def _weekday(place: _Place) -> _Read:
    if _NOT_ONE_DAY.search(place.before):
        return None
    day = WEEKDAYS.index(place["wd_day"].title())
    which, week = place.says("wd_which"), place.says("wd_week")
    if week:
        monday = place.written - timedelta(place.written.weekday())
        return *one_day(monday + timedelta(day + 7 * _STEPS[week])), Known.FROM_TODAY
    back = (place.written.weekday() - day) % 7
    if which in ("last", "past", "this past"):
        days = -(back or 7)
    elif which in ("next", "coming", "this coming"):
        days = 7 - back
    elif which == "this":
        days = (7 - back) % 7
    else:
        days = 7 - back if back and place.looks_ahead() else -back
    return *one_day(place.written + timedelta(days)), Known.FROM_TODAY


def _bare_month(place: _Place) -> _Read:
    name, which = place.says("mo_name"), place.says("mo_which")
    sure = bool(which) or _BEFORE_MONTH.search(place.before) is not None
    if not sure and (place.typed or name in _SHARED_NAMES):
        return None
    if name in _SHARED_NAMES and re.match(r"\s[A-Z]", place.text[place.match.end() :][:2]):
        return None
    month = month_number(name)
    if which:
        return *_counted(place, which, lambda year: month_of(year, month)), Known.FROM_TODAY
    return *_nearest(place, lambda year: month_of(year, month)), Known.ANY_YEAR


def _bare_year(place: _Place) -> _Read:
    before = _BEFORE_YEAR.search(place.before)
    first, last = place["ye_first"], place["ye_last"]
    if last:
        until = int(first[:-2] + last if len(last) == 2 else last)
        if until <= int(first):
            return None
        return year_of(int(first))[0], year_of(until)[1], Known.BY_YEAR
    if not before or (not before["sure"] and _COUNTED.match(place.text, place.match.end())):
        return None
    return *year_of(int(first)), Known.BY_YEAR


def _decade(place: _Place) -> _Read:
    first = int(place["de_first"])
    return year_of(first)[0], year_of(first + 9)[1], Known.BY_YEAR


_STEPS = {"last": -1, "this": 0, "next": 1}


def _impossible() -> Days:
    raise ValueError("there is no such day")


def _nearest(place: _Place, in_year: Callable[[int], Days], fits: Callable[[Days], bool] = lambda days: True) -> Days:
    """Return the days in the year that brings them nearest to the day of writing.

    A day on the side that the sentence does not look to counts as three times as far; without a hint it looks back.
    Raises ValueError where no near year has such a day.
    """
    written = place.written
    ahead = bool(place.looks_ahead())
    # A 29 February may be eight years away, and a weekday's date as far. Whatever lies beyond the first reach is
    # farther away than a year.
    for reach in (1, 8):
        found = []
        for year in range(max(1, written.year - reach), min(9999, written.year + reach) + 1):
            try:
                days = in_year(year)
            except ValueError:
                continue
            past, future = max(0, (written - days[1]).days), max(0, (days[0] - written).days)
            found.append(((not fits(days), 3 * past + future if ahead else past + 3 * future), days))
        if found and min(found)[0] < (False, 366):
            break
    return min(found)[1] if found else _impossible()


def _counted(place: _Place, which: str, in_year: Callable[[int], Days]) -> Days:
    """Return the days in the last year before the day of writing, in its own, or in the next one after it."""
    this = in_year(place.written.year)
    if which == "last":
        return this if this[1] < place.written else in_year(place.written.year - 1)
    if which == "next":
        return this if this[0] > place.written else in_year(place.written.year + 1)
    return this


_KINDS: dict[str, Callable[[_Place], _Read]] = {
    "iso": _iso,
    "numeric": _numeric,
    "dayfirst": _day_first,
    "monthfirst": _month_first,
    "slashed": _slashed,
    "dotted": _dotted,
    "monthyear": _month_year,
    "holiday": _holiday,
    "feast": _feast,
    "edge": _edge,
    "ordinal": _ordinal,
    "relative": _relative,
    "told": _told,
    "ago": _ago,
    "window": _window,
    "unit": _of_unit,
    "weekend": _weekend,
    "weekday": _weekday,
    "month": _bare_month,
    "year": _bare_year,
    "decade": _decade,
}

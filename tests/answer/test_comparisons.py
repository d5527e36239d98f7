"""Which days of a sentence are only measured by, and which it tells of."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.answer.comparisons import is_compared
from retrieval.corpus.dates import resolve_dates

WRITTEN = date(2021, 11, 20)


def compared(sentence: str) -> list[str]:
    """Return the days of a sentence that are only the far end of a comparison."""
    days = resolve_dates(sentence, WRITTEN)
    assert days
    return [sentence[day.start : day.end] for day in days if is_compared(sentence, 0, day)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The storm was the strongest November storm since 1977.",
        "It was the worst drought that the region has seen since 1911.",
        "Unemployment fell to 3.4 percent, the lowest level since May 1969.",
        "The club won for the first time since 2008.",
        "It is only the second time since 2008 that the fair was called off.",
        "Exports rose to 40 tonnes, up from 31 in 2012.",
        "Exports rose from 31 tonnes in 2012 to 40.",
        "The town has 300 more inhabitants than in 2012.",
        "The harvest was poorer than last year.",
        "There were 41 fires, compared to 62 in 2018.",
        "There were 41 fires, against 62 in 2018.",
        "Prices rose 4 percent from a year earlier.",
        "Sales were up 4 percent on last year.",
        "Such heat had not been seen since 1976.",
        "Rents have risen by 12 percent since 2012.",
        "The population has doubled since 1990.",
        "It was the warmest June since records began in 1880.",
        "It was the largest crowd since the parade of 1999.",
        "As in 2012, the river froze.",
        "The mayor's lead was smaller than the 12 points of 2019.",
        "This was the highest tide since 3 May 1999.",
        "Ferries carried as many cars as in 2018.",
        "Hottest day since 1976 empties the streets.",
        "The bay froze for only the third time since 1942.",
        "The share fell from 12 percent in 2010 to 8 percent.",
        "Since 2012, rents have risen by 12 percent.",
        "Not since 1976 had it been so hot.",
        "The hall had fewer guests than a year ago.",
        "Fewer ships came than during 2019.",
        "The region has suffered its worst drought since 1911.",
        "Prices have fallen to the lowest level since 2008.",
        "It has been the worst drought since 1911.",
        "The crown has been trading at its lowest level since 1985.",
        "The bank has cut its rate to the lowest level since 2009.",
        "The town has the worst drought since 1911.",
        "The town has been hit by the worst storm since 1911.",
        "Those who have led the town say it was the worst storm since 1911.",
        "Prices stand at levels not seen since 2008.",
        "A storm like this one has never been seen since 1911.",
        "It was the worst storm that the town has seen since 1911.",
        "This is the most that he has earned since 2012.",
    ],
)
def test_a_day_that_something_is_only_compared_with_is_told(sentence: str) -> None:
    assert len(compared(sentence)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "She has lived there since 2015.",
        "The oldest hotel of the town has been closed since 2015.",
        "The museum, the first of its kind, has been open since 2015.",
        "More than 300 people died in 2012.",
        "Refugees from 12 countries arrived in 2012.",
        "Fares rise by 4 percent from 1 June.",
        "The forest has been closed to visitors since 2015.",
        "The team beat Spain, its best win in years, on 3 May 2019.",
        "He has led the council since March 2014.",
        "It was the first visit since the king died in 2012.",
        "The strongest storm of the year hit Lorvik on 3 May 2019.",
        "Most shops have been shut since 2019.",
        "The ferry sank on 3 May 2019 with more than 30 people aboard.",
        "The road was closed in 2003 after more than 40 accidents.",
        "The bridge was widened in 2012, compared with plans a modest step.",
        "The first train ran in 1902.",
        "He moved from Oslo in 2012.",
        "The club fell from the first division in 2012.",
        "They protested against 300 layoffs in May 2012.",
        "The bakery opened last year.",
        "Three people have died since Monday.",
        "Profits rose in 2012.",
        "The hall was built less than a year ago.",
        "They met several times, such as in 2019.",
        "The guard has helped more than 180 sailors since 2015.",
        "It was the worst flood since 2012, when 40 people drowned.",
        "Since 2012, Lorvik has had a harbour of its own.",
        "In 2012 the ferry carried more cars than the train.",
        "The tunnel, longer than the old one, was opened on 3 May 2019.",
        "He said on Monday that it was the worst winter in years.",
        "Protests have gone on in the west since May 2019.",
        "The boy has not been seen since Monday.",
        "He has never been seen in public since his arrest on 3 May 2019.",
        "Rebels have held the biggest city since 3 May 2021.",
        "In the north, rebels have held the biggest city since 3 May 2021.",
        "They’ve held the biggest city since 3 May 2021.",
        "Protesters have blocked the busiest road in the north since Monday.",
        "The museum has been closed for most of the time since 2015.",
        "The museum was closed for most of the time since 2015.",
        "The park has been closed to the youngest children since 2015.",
        "He has served as the youngest mayor of the town since 2019.",
        "There is unrest in the town since 3 May 2021.",
        "Nurses are on protest since Monday.",
        "The farm is open for harvest since Monday.",
        "Ferries sail to Budapest since 2015.",
        "The guards are in the west since Monday.",
    ],
)
def test_a_day_of_which_something_is_told_is_not_compared(sentence: str) -> None:
    assert compared(sentence) == []


def test_of_two_days_only_the_far_one_is_compared() -> None:
    assert compared("On 3 May 2019 the tide was the highest since 1953.") == ["1953"]
    assert compared("Exports rose from 31 tonnes in 2012 to 40 tonnes in 2019.") == ["2012"]


def test_only_the_sentence_itself_is_looked_at() -> None:
    text = "It was the worst storm of all. It has lasted since 17 November 2021."
    (day,) = resolve_dates(text, WRITTEN)

    assert not is_compared(text, text.index("It has"), day)

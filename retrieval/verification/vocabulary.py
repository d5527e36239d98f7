"""Words by what they do in a sentence: those that say nothing, that deny, that leave open, that mean the opposite."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


SPEECH = listed(
    "say tell announce declare state report add explain note speak warn claim argue insist call describe promise "
    "vow deny admit confirm reveal believe suggest comment remark write quote attribute credit blame accuse "
    "praise criticize criticise urge demand ask think suspect estimate predict pledge"
)
JUDGING = listed("blame accuse praise credit criticize criticise applaud")
"""Verbs of saying that are no other one: what a passage has no word for, it does not say."""
SAYING = listed("say tell announce declare state report add explain note speak write comment")
"""Verbs that leave open how it is said."""
EMPTY = listed(
    "be have do get make take go come become seem give put set keep begin start continue also just about around "
    "approximately roughly nearly almost some still already however meanwhile according more than over at least "
    "up so there then now that this these those who which what where when why how accord total number people "
    "person thing one other another such same very really quite reportedly likely say tell speak would will can "
    "could may might must shall should place it he she they them him her his their its we us our i me my you your "
    "not no n't yet"
)
"""Words that say little by themselves."""
PERSONS = listed("he she they him her them his their it its we i")
"""Pronouns that stand for somebody or something named before."""
TITLES = {
    "gov": "governor", "sen": "senator", "rep": "representative", "gen": "general", "col": "colonel",
    "lt": "lieutenant", "capt": "captain", "sgt": "sergeant", "dr": "doctor", "prof": "professor", "rev": "reverend",
    "adm": "admiral", "supt": "superintendent", "det": "detective",
}  # fmt: skip
"""Titles as they are shortened before names."""
NEGATING = listed("deny refuse decline reject fail dismiss avoid prevent stop cease forbid ban rule")
"""Verbs that turn round what they govern: who declines to comment does not comment."""
ABSOLVING = listed("acquit clear exonerate absolve spare exempt")
"""Verbs that say of somebody that something is not so."""
ENDING = listed("withdraw lift quash scrap suspend end lapse expire")
"""Verbs that say that something holds no longer, besides those that mean to cancel by WordNet."""
NONE = listed("no none nobody nothing neither nor never without not n't nowhere no-one cannot")
MADE = {"full": listed("fill"), "dead": listed("die kill")}
"""What something is to which this was done, where WordNet has the two words apart."""
PLACES = {
    "hospital": listed("clinic infirmary"),
    "clinic": listed("hospital infirmary"),
    "custody": listed("jail prison detention"),
}
"""Where something was done that was done at these, where WordNet has the words apart."""
HEDGES = listed(
    "may might could can would should fear unlikely possible possibly perhaps likely expect hint suspect plan propose "
    "consider probably potential potentially believe allege reportedly apparently threaten hope aim intend want "
    "seek if unless appear seem think estimate call urge demand ask promise attempt try prepare design"
)
AIMS = listed("intent intention goal purpose objective idea mission task job effort bid")
"""What was only to be done, where it "was to" do something."""
SURE = listed(
    "all every everyone everybody everything each whole entire entirely always exactly exact certainly certain "
    "completely totally definitely only any both invariably"
)
"""Words that claim more than most sentences bear out."""
OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "few/more few/many less/more easy/hard easy/difficult cheap/expensive simple/complicated possible/impossible "
        "guilty/innocent guilty/acquit guilty/clear convict/clear "
        "attend/skip attend/miss attend/boycott expand/limit expand/restrict broaden/narrow broaden/limit extend/limit "
        "allow/block allow/bar permit/bar uphold/overturn uphold/strike confirm/overturn enforce/suspend protect/harm "
        "approve/reject pass/reject accept/refuse allow/forbid allow/ban allow/prevent permit/ban convict/acquit "
        "sentence/acquit profit/loss gain/loss gain/lose support/oppose favor/oppose back/oppose release/detain "
        "release/arrest free/arrest free/jail confirm/deny admit/deny ease/tighten cut/raise cut/increase "
        "lower/raise reduce/increase reduce/raise improve/worsen rise/drop rise/decline rise/decrease "
        "increase/drop increase/fall grow/shrink expand/shrink win/lose succeed/fail keep/lose attack/defend "
        "praise/criticize praise/blame hire/dismiss appoint/dismiss enter/leave arrive/leave strengthen/weaken "
        "escalate/ease survive/die accuse/clear resume/cancel resume/suspend open/shut build/destroy buy/sell "
        "advance/retreat start/end begin/end agree/disagree agree/refuse peace/war friend/enemy victory/defeat "
        "ally/enemy best/worst least/most survive/dead survivor/dead early/late before/after north/south "
        "east/west inside/outside majority/minority spring/autumn summer/winter morning/evening gain/drop "
        "hot/cold halve/double damage/repair calm/escalate unchanged/change unchanged/cut unchanged/raise "
        "condemn/praise condemn/welcome condemn/support criticize/welcome criticise/praise criticise/welcome "
        "rule/suspect exclude/suspect stay/leave remain/leave lapse/extend expire/extend charge/acquit "
        "lift/impose legalize/ban hire/lay alive/dead missing/find winner/loser deploy/withdraw join/leave "
        "peaceful/violent unanimous/divided unanimous/split man/woman father/mother son/daughter brother/sister "
        "husband/wife boy/girl male/female private/public foreign/domestic civilian/soldier buyer/seller "
        "reject/welcome reject/back oppose/approve threaten/reassure attack/protect delay/hasten postpone/hasten "
        "evacuate/occupy raise/halve widen/narrow export/import borrow/lend lend/repay teacher/student left/right "
        "upper/lower dead/wounded dead/injured kill/wound kill/injure first/second keep/give keep/donate "
        "with/without unharmed/injure unhurt/injure loyal/opposed"
    ).split()
)
"""Opposites that WordNet does not have, as pairs of news verbs and nouns."""

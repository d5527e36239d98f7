"""Messages that ask nothing of the articles: greetings, thanks, questions about the program, orders to it.

An order that asks for what the articles say ("Tell me how many came", "Name the winner") is a question, and is let
through.
"""

from __future__ import annotations

import re
from enum import StrEnum

_ENOUGH = 200
"""Characters. A greeting is not longer."""


class Smalltalk(StrEnum):
    """What a message is that asks nothing of the articles."""

    GREETING = "greeting"
    THANKS = "thanks"
    ABOUT_ITSELF = "about itself"
    ORDER = "order"


def smalltalk(message: str) -> Smalltalk | None:
    """Return what a message is, or None for a question."""
    text = _EDGES.sub("", message.replace("’", "'"))
    if len(text) <= _ENOUGH:
        for kind, pattern in _WHOLE:
            if pattern.fullmatch(text):
                return kind
    said = _LEAD.sub("", text, count=1)
    if _STEERING.search(text) or any(pattern.match(said) for pattern in _ORDERS):
        return Smalltalk.ORDER
    return None


def without_courtesies(message: str) -> str:
    """Return a message without the greeting and the courtesies before it, and without marks at its edges."""
    return _LEAD.sub("", _EDGES.sub("", message.replace("’", "'")), count=1)


def _words(text: str) -> str:
    return "|".join(text.split())


_EDGES = re.compile(r"\A[^\w#$\"“]+|[^\w%\"”)]+\Z")

_HELLO = (
    r"(?:hi+|hello+|hey+|hiya|howdy|yo|sup|greetings|hallo|hola|bonjour|salut|ciao|hej|namaste|salaam"
    r"|good (?:morning|afternoon|evening|day)|guten (?:morgen|tag|abend)|(?:what's|wass?) ?up)"
)
_YOU = (
    r"(?:,? (?:there|again|all|everyone|everybody|guys|folks|team|friends?|mate|man|dear|sir|madam|you|to you"
    r"|assistant|ai|computer|(?:my )?(?:dear )?[\w-]*bot))*"
)
_PARTING = (
    r"(?:(?:good ?)?bye(?: bye)?|good ?night|see (?:you|ya)(?: later| soon| tomorrow)?|have a (?:good|nice|great) \w+"
    r"|ok(?:ay)?|cool|nice|great|awesome|perfect|lol|haha+|wow|(?:good|bad|nice|stupid) bot|well done|good job"
    r"|test(?:ing)?|ping)"
)
_POLITE = (
    r"(?:how (?:are|r) (?:you|u|things)(?: doing| today| going)*|how(?:'s| is) (?:it going|life|your day)|how do you do"
    r"|(?:nice|pleased|good) to meet you|(?:is )?any(?:one|body) (?:there|here|home)"
    r"|are you (?:there|here|online|awake|alive|ready|working|ok(?:ay)?|well))"
)
_THANKS = (
    r"(?:many |no |oh )*(?:thanks?(?: (?:you|u))?|thx|ty|cheers|much appreciated|i appreciate it|danke|merci|gracias"
    r"|grazie)(?:,? (?:so much|very much|a lot|a million|again|for (?:the|your|that|this|all|everything|helping"
    r"|answering)(?: (?:the|your|that|this|of|quick|help|answers?|info|information|reply|time|it|me))*))*"
)
_ITSELF = (
    r"(?:(?:i (?:need|want) (?:some |your )?)?help(?: me)?(?: out)?(?: please)?|menu|commands?|start|usage"
    r"|(?:who|what) (?:are|r) (?:you|u)(?: for)?|(?:what's|what is|tell me) your (?:name|purpose|job|function)"
    r"|who (?:made|built|created|wrote|programmed|trained|owns|runs) (?:you|this bot)|(?:who|what) is this(?: bot)?"
    r"|what (?:else )?(?:can|could|do) (?:you|u) do(?: for me)?|how (?:do|does) (?:you|this|it|this bot) work"
    r"|how (?:do|can|should|must) i (?:use|ask|talk to) (?:you|this|it|this bot|(?:a |you )?(?:a )?questions?)"
    r"|what (?:can|should|could|may) i (?:ask|do)(?: you)?(?: about| here)?"
    r"|what (?:sort|kind|type)s? of (?:questions?|things?) (?:can|do|could) (?:you|i) (?:answer|ask|do)(?: you)?"
    r"|(?:introduce|describe|explain|tell me (?:something )?about) yourself|how old are you|where are you(?: from)?"
    r"|are you (?:an? |the |really )*(?:(?:real|human|living) )?(?:language )?\w+"
    r"|can (?:you|i ask(?: you)?) (?:help|hear me|understand me|a question|something)"
    r"(?: me)?(?: with (?:something|this|that|it))?|i have a question|do you (?:speak|understand|know) (?:english|me)"
    r"|what languages? do you (?:speak|understand|know))"
)
_BETWEEN = r"[\s,.!?;:-]+"


def _sequence(first: str, others: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{first}){_YOU}(?:{_BETWEEN}(?:{others}){_YOU})*", re.IGNORECASE)


_ANY = "|".join((_ITSELF, _POLITE, _THANKS, _PARTING, _HELLO))
_WHOLE = (
    (Smalltalk.ABOUT_ITSELF, _sequence(_ITSELF, _ANY)),
    (Smalltalk.THANKS, _sequence(rf"(?:(?:{_PARTING}){_BETWEEN})?{_THANKS}", _ANY)),
    (Smalltalk.GREETING, _sequence(f"{_HELLO}|{_POLITE}|{_PARTING}", _ANY)),
)

_LEAD = re.compile(
    rf"\A(?:(?:{_HELLO}{_YOU}|{_words('please pls ok okay so well now just kindly also then and but bot')}){_BETWEEN}"
    r"|(?:can|could|would|will) (?:you|u) (?:please |kindly |just )*|i(?:'d| would) (?:like|love) (?:for )?you to "
    r"|i (?:want|need) you to |you (?:must|should|have to|will) (?:now )?)*",
    re.IGNORECASE,
)

_ASKED = r"(?:who|whom|whose|what|which|when|where|why|how|whether|if)"
_LATER = rf"(?!.*[:.,?!]\s*{_ASKED}\b)"
"""No question follows: "Answer in one word: who won?" is one."""
_OBJECT = r"(?:me|us|a|an|the|my|your|this|that|it|some|something|one|two|three|\d+|yourself|everything|all)"
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|restrictions?|training|programming|filters?|constraints?|orders?)"
)


def _order(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_STEERING = _order(
    r"(?:\A|[.!?;:,]\s*|\b(?:and|then|now|please|but|instead) )"
    r"(?:ignore|disregard|forget|override|bypass|don't follow|do not follow|stop following)"
    r"(?: (?:about|all|any|of|the|these|those))* (?:your|previous|prior|above|earlier|preceding|system)\b"
    rf"(?: \w+){{0,3}}? {_RULES}\b|(?:\A|[.!?;:,]\s*)(?:you are now\b|from now on\b|(?:new|system) {_RULES}\s*:)"
)
"""What would make other rules hold, wherever in a message it stands."""

_ORDERS = (
    _order(r"(?:ignore|disregard)\b|forget (?:it|that|this|about|all|any|your|the|what|everything|previous)\b"),
    # To make something, or to be something.
    _order(
        rf"write (?!(?:me |us |down |out )*{_ASKED}\b)"
        r"|(?:compose|rewrite|rephrase|paraphrase|translate|pretend|recite|role-?play|imagine|impersonate|behave)\b"
        r"|act (?:as|like)\b"
    ),
    _order(
        rf"(?:{_words('draft draw sing rap paint sketch generate create design invent build code program implement')}"
        rf"|{_words('calculate compute solve convert make play send delete remove erase open run execute install')}"
        rf"|{_words('download upload post tweet buy book produce teach remind wish roast insult entertain amuse')}"
        rf"|change|switch|stop|shut|cheer|simulate) {_OBJECT}\b"
    ),
    _order(
        r"(?:make (?:up|fun|sure)|shut (?:up|down)|stop (?:talking|quoting|being)"
        r"|be (?:quiet|nice|honest|funny|more|an?)"
        r"|let(?:'s| us) (?:play|talk|chat|sing|dance|pretend|imagine|write|have))\b"
    ),
    # To say something, or to say it so.
    _order(rf"(?:say|repeat|echo)\b(?!:?,? (?:me )?{_ASKED}\b)"),
    _order(rf"(?:print|output|type)\b(?! (?:me |us )?(?:{_ASKED}|the|all|every|each|a list|an?)\b)"),
    _order(
        rf"(?:speak|talk|answer|respond|reply) (?:to me )?(?:only |just )?(?:in|like|as|with|only|yes|no)\b{_LATER}"
    ),
    _order(
        r"(?:print|output|reveal|show|tell|give|repeat|display|leak|dump|share|expose|list|describe|copy|quote|return"
        r"|what(?:'s| is| are| were))\b.{0,40}?(?:\byour (?:\w+ ){0,3}?"
        rf"(?:{_RULES}|config(?:uration)?|settings|source code|passwords?|api keys?|tokens?|secrets?)\b"
        r"|\bsystem (?:prompt|message|instructions)\b|\bapi keys?\b"
        r"|\b(?:text|words|everything|prompt|instructions|lines?|message) above\b)"
    ),
    # To shorten everything.
    _order(
        r"(?:summari[sz]e|sum up|recap|tl;?dr|(?:give|write|make)(?: me| us)? an? (?:\w+ )?(?:summary|recap)(?: of)?)"
        r"(?: (?:it|this|that|them|these|those|everything|(?:(?:all|both|each|of|the|these|this|those|your|my|first"
        r"|second|third|last|newest|latest|oldest|whole|entire|two) )*(?:it|this|them|articles?|story|stories|news"
        r"|corpus|texts?|documents?|collection)))?(?: (?:for me|please|in .{1,40}))?\Z"
    ),
    # To entertain.
    _order(
        r"(?:tell|give|share|sing|show|read|do you know|know)(?: (?:me|us))? (?:an?|another|any|some|your|one more)"
        r"(?: \w+){0,2}? (?:jokes?|poems?|riddles?|songs?|haikus?|limericks?|secrets?|recipes?|fun facts?|advice"
        r"|compliments?)\b|tell (?:me |us )?(?:a|another|some|your)(?: \w+){0,2}? (?:story|stories|tale)\b"
        r"|(?:tell|say|show)(?: (?:me|us))? something (?:funny|interesting|nice|else)\Z|make (?:me|us) laugh\b"
    ),
    # To take sides, or to speak of itself.
    _order(
        r"(?:give|tell|share)(?: (?:me|us))? your (?:\w+ )?(?:opinions?|views?|thoughts?|take|feelings?)\b"
        r"|what(?:'s| is| are) your (?:\w+ )?(?:opinions?|views?|thoughts?|take|feelings?|position|stance|favou?rite"
        r"|prediction|guess|advice)\b"
        r"|what do you (?:think|feel|make of|reckon|recommend|suggest|advise|prefer|want|like)\b|how do you feel\b"
        r"|do you (?:like|love|hate|agree|disagree|support|want|feel|dream|condemn|approve|care"
        r"|have (?:feelings|emotions|a soul|friends|a name|an opinion|opinions))\b|whose side are you\b"
        r"|are you (?:for|against|pro|anti|in favou?r|on .{1,40} side|biased|afraid|married|happy|sad|angry)\b"
        r"|i (?:love|hate|like) you\b"
    ),
)

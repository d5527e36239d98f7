"""The checks of a claim against a passage, in order. Each returns what is wrong in words for a person, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from retrieval.verification.attribution import attested, quotations, speakers
from retrieval.verification.coverage import coverage
from retrieval.verification.days import days
from retrieval.verification.deeds import deeds, deeds_in_other_words
from retrieval.verification.factuality import hedges, negations, opposites, shared_out, sureness
from retrieval.verification.modifiers import arguments, comparisons, prepositions
from retrieval.verification.names import names
from retrieval.verification.pairing import Pair
from retrieval.verification.phrases import attributes, phrases
from retrieval.verification.quantities import clock_times, numbers, other_numbers

Check = Callable[[Pair], str]
ABSENCES: tuple[Check, ...] = (
    quotations,
    numbers,
    clock_times,
    days,
    names,
    sureness,
    coverage,
    phrases,
    attributes,
    deeds_in_other_words,
    attested,
)
"""What is not in the passage, in the order in which it is worth telling."""
CONTRADICTIONS: tuple[Check, ...] = (
    other_numbers,
    opposites,
    shared_out,
    deeds,
    speakers,
    negations,
    hedges,
    arguments,
    prepositions,
    comparisons,
)
"""What the passage has otherwise."""

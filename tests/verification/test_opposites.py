"""A deed and its opposite in one passage: which of them is of whom, and of what."""

from __future__ import annotations

import pytest

from retrieval.models import Reference
from retrieval.verification.verification import verify


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Olsen was acquitted.", "Olsen was acquitted of one count of fraud but convicted of two others."),
        ("Olsen was acquitted.", "Olsen was acquitted on two charges and found guilty on a third."),
        ("Olsen was acquitted.", "Olsen was convicted of two counts of fraud but acquitted of one."),
        ("Olsen was acquitted.", "Olsen was acquitted in the first trial but convicted on appeal."),
        ("Olsen was acquitted.", "The jury acquitted Olsen of murder but found him guilty of manslaughter."),
        ("Olsen was acquitted of murder.", "The jury acquitted Olsen of manslaughter and convicted him of murder."),
        ("Olsen was acquitted of fraud.", "Olsen was acquitted of theft on Monday and convicted of fraud."),
        ("Olsen was convicted of fraud.", "Olsen was acquitted of fraud but convicted of theft."),
        ("The council rejected the plan.", "The council rejected the plan in May but approved it in June."),
        (
            "The council rejected the plan.",
            "Berg said that the council rejected the plan in May and approved it in June.",
        ),
        ("The court acquitted Lee.", "The court acquitted Lee of theft but declared him guilty of fraud."),
    ],
)
def test_what_is_so_of_a_part_is_not_borne_out_of_all_or_of_another(sentence: str, passage: str) -> None:
    found = verify(sentence, [Reference(passage)], strict=True)

    assert not found.supported
    assert found.against


@pytest.mark.parametrize(
    "passage",
    [
        "Olsen was found guilty of fraud on Monday. His brother was acquitted.",
        "Olsen was found guilty of fraud on Monday. The other two defendants were acquitted.",
        "The jury acquitted two of the three defendants but convicted Olsen.",
        "Olsen, whose brother was acquitted, was sentenced to four years.",
        "Olsen was neither acquitted nor convicted, as the jury could not agree.",
        "Olsen went to prison. His brother was acquitted.",
    ],
)
def test_what_is_so_of_another_is_not_borne_out(passage: str) -> None:
    found = verify("Olsen was acquitted.", [Reference(passage)], strict=True)

    assert not found.supported
    assert found.against


def test_of_neither_both_are_denied() -> None:
    reference = [Reference("Olsen was neither acquitted nor convicted, as the jury could not agree.")]

    assert not verify("Olsen was convicted.", reference, strict=True).supported
    assert verify("Olsen was neither acquitted nor convicted.", reference, strict=True).supported


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Olsen was acquitted.", "Olsen was convicted in May but acquitted on appeal."),
        ("Olsen was acquitted.", "Olsen was acquitted of fraud and his wife was found guilty of theft."),
        ("Olsen was acquitted of fraud.", "The jury acquitted Olsen of fraud but convicted him of theft."),
        ("Olsen was convicted.", "Olsen was acquitted of one count of fraud but convicted of two others."),
        ("Olsen was arrested.", "Olsen was arrested on Monday but released on Tuesday."),
        ("The council rejected the plan.", "The council approved the budget but rejected the plan."),
        ("Iran rejected the offer.", "Iran rejected the offer on Monday, after Oman had accepted it."),
        ("The union rejected the offer.", "The union rejected the offer, and its rival accepted it."),
        ("The court acquitted Lee.", "The court acquitted Lee but the prosecutor said he was guilty."),
        ("The court acquitted Lee.", "The court acquitted Lee but the prosecutor said that it had convicted him."),
        ("Lee was acquitted.", "Lee was acquitted on Monday, but could be convicted on appeal."),
        ("Lee was acquitted.", "Lee was acquitted and, in the second trial, not convicted."),
        ("The council rejected the plan.", "The council rejected the plan on Monday. In May it had approved it."),
    ],
)
def test_what_is_so_beside_its_opposite_is_borne_out(sentence: str, passage: str) -> None:
    assert verify(sentence, [Reference(passage)], strict=True).supported

"""Vectors of texts that come again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.embedding.remembered import RememberedVectors, Vectors


class Lengths:
    """Embeds a text as its length, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def test_a_text_is_embedded_once_and_vectors_come_in_the_order_of_the_texts() -> None:
    embed, remembered = Lengths(), RememberedVectors(10)

    assert remembered.vectors(["a", "bb", "a"], embed).tolist() == [[1], [2], [1]]
    assert remembered.vectors(["ccc", "bb"], embed).tolist() == [[3], [2]]
    assert embed.asked == [["a", "bb"], ["ccc"]]


def test_those_that_were_not_used_for_longest_are_given_up() -> None:
    embed, remembered = Lengths(), RememberedVectors(2)

    for texts in (["a"], ["bb"], ["a"], ["ccc"], ["a"], ["bb"]):
        remembered.vectors(texts, embed)

    assert embed.asked == [["a"], ["bb"], ["ccc"], ["bb"]]


def test_more_texts_than_are_kept_have_their_vectors_all_the_same() -> None:
    embed, remembered = Lengths(), RememberedVectors(1)

    assert remembered.vectors(["a", "bb", "ccc"], embed).tolist() == [[1], [2], [3]]

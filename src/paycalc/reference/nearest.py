"""The known key that an unknown one was most likely meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from paycalc.reference.faults import Key, key_order

KEYS_MAX = 200_000  # with more keys than this, only the same key written differently is looked for


class NearestKey:
    """Finds a key that is the same but for capitals, blanks and leading zeros, or differs in one character."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._alike: dict[str, Key] = {}
        self._shortened: dict[str, Key] = {}
        ordered = sorted(keys, key=key_order)
        for key in ordered:
            self._alike.setdefault(plain_key(key), key)
        for key in ordered if len(ordered) <= KEYS_MAX else ():
            for text in _one_shorter(str(key)):
                self._shortened.setdefault(text, key)

    def to(self, unknown: Key) -> Key | None:
        """The nearest key, None where none is near."""
        if plain_key(unknown) in self._alike:
            return self._alike[plain_key(unknown)]
        text = str(unknown)
        # One character too many, too few or different: one deletion on either side or on both makes them equal.
        for candidate in (text, *_one_shorter(text)):
            if candidate in self._shortened:
                return self._shortened[candidate]
        return None


def plain_key(key: Key) -> str:
    """What keys have in common that are the same but for capitals, blanks and leading zeros."""
    return "".join(str(key).casefold().split()).lstrip("0")


def _one_shorter(text: str) -> list[str]:
    """The text, and the text without each of its characters."""
    return [text, *(text[:at] + text[at + 1 :] for at in range(len(text)))] if len(text) > 1 else [text]

"""Salesforce record Ids: 15 case-sensitive characters, or 18 with a checksum (Salesforce API 4)."""

from itertools import product
from string import ascii_uppercase

ID_FIELD = "Id"

_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# "1" for an upper-case character; five of them, read from right to left, count through the alphabet.
_CASES = bytes(ord("1") if chr(code) in ascii_uppercase else ord("0") for code in range(256))
_OF_FIVE = {
    "".join(reversed(bits)).encode(): char for bits, char in zip(product("01", repeat=5), _SUFFIX_ALPHABET, strict=True)
}
# Two look-ups instead of three: a checker asks for the checksum of every Id of every item.
_OF_TEN = {first + second: _OF_FIVE[first] + _OF_FIVE[second] for first in _OF_FIVE for second in _OF_FIVE}


def checksum(record_id: str) -> str:
    """The three characters that tell which of an Id's first fifteen are upper case."""
    cases = record_id.encode("ascii", "replace").translate(_CASES)
    return _OF_TEN[cases[:10]] + _OF_FIVE[cases[10:15]]


def to_18(record_id: str) -> str:
    """The 18-character form of a well-formed Id; one that has 18 characters already is returned as it is."""
    return record_id + checksum(record_id) if len(record_id) == 15 else record_id


def is_well_formed(record_id: str) -> bool:
    """Whether Salesforce would read this text as an Id: legal alphabet, 15 or 18 characters, matching checksum."""
    if not (record_id.isascii() and record_id.isalnum()):
        return False
    return len(record_id) == 15 or (len(record_id) == 18 and checksum(record_id) == record_id[15:])

"""Which encoding a text file has: its byte-order mark, UTF-8 to its very end, else what its other letters say."""

import codecs
import unicodedata
from collections.abc import Iterator
from typing import IO

from charset_normalizer import from_bytes

from ziggy_studio.errors import Undecided, UsageProblem

UTF_8, WESTERN = "utf-8", "cp1252"
_CHUNK = 1 << 20
# Lines with letters beyond ASCII, to judge the others by.
_SAMPLE = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheets of the world write by themselves. Code pages of DOS fit every file, and say nothing.
_CANDIDATES = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp932", "cp949", "gb18030", "big5", "mac_roman",
]  # fmt: skip
# The letters beyond ASCII of languages that one code page or another was made for.
_ALPHABETS = [
    frozenset(letters)
    for letters in (
        "\u00e4\u00f6\u00fc\u00df\u00e9",  # German
        "\u00e0\u00e2\u00e6\u00e7\u00e9\u00e8\u00ea\u00eb\u00ee\u00ef\u00f4\u0153\u00f9\u00fb\u00fc\u00ff",  # French
        "\u00e1\u00e9\u00ed\u00f3\u00fa\u00fc\u00f1\u00e7\u00e0\u00e8\u00ef\u00f2\u00aa\u00ba",  # Spanish, Catalan
        "\u00e0\u00e8\u00e9\u00ec\u00ed\u00ee\u00f2\u00f3\u00f9\u00fa",  # Italian
        "\u00e1\u00e2\u00e3\u00e0\u00e7\u00e9\u00ea\u00ed\u00f3\u00f4\u00f5\u00fa\u00fc\u00aa\u00ba",  # Portuguese
        "\u00e6\u00f8\u00e5\u00e9\u00e4\u00f6",  # Danish, Norwegian, Swedish, Finnish
        "\u00e1\u00e9\u00eb\u00ed\u00ef\u00f3\u00f6\u00fc\u00e8\u00ea",  # Dutch
        "\u0105\u0107\u0119\u0142\u0144\u00f3\u015b\u017a\u017c",  # Polish
        "\u00e1\u010d\u010f\u00e9\u011b\u00ed\u0148\u00f3\u0159\u0161\u0165\u00fa\u016f\u00fd\u017e",  # Czech
        (
            "\u00e1\u00e4\u010d\u010f\u00e9\u00ed\u013a\u013e\u0148\u00f3\u00f4\u0155\u0161\u0165\u00fa\u00fd\u017e"
        ),  # Slovak
        "\u00e1\u00e9\u00ed\u00f3\u00f6\u0151\u00fa\u00fc\u0171",  # Hungarian
        "\u0103\u00e2\u00ee\u0219\u021b\u015f\u0163",  # Romanian
        "\u010d\u0107\u0111\u0161\u017e",  # Croatian, Slovene
        "\u00e7\u011f\u0131i\u0307\u00f6\u015f\u00fc\u00e2",  # Turkish
        "\u0105\u010d\u0119\u0117\u012f\u0161\u0173\u016b\u017e",  # Lithuanian
        "\u0101\u010d\u0113\u0123\u012b\u0137\u013c\u0146\u0161\u016b\u017e",  # Latvian
        "\u00e4\u00f6\u00f5\u00fc\u0161\u017e",  # Estonian
    )
]
# May touch a letter in a Western text; any other sign inside a word says that the word is not Western.
_AT_WORDS = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u00b4\u2013\u2014\u2026\u00b7"
    "\u00ba\u00aa\u00b0\u00ae\u2122\u00b2\u00b3\u20ac\u00a0\u00a7"
)


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a byte-order mark names, if there is one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def find_encoding(name: str, file: IO[bytes]) -> str:
    """The encoding of a file that can be read again from its beginning, where it stands afterwards.

    Raises:
        UsageProblem: two encodings are likely, and they disagree about what the file says.
    """
    marked = marked_encoding(file.read(4))
    file.seek(0)
    if marked is not None:
        return marked
    is_utf_8 = _is_utf_8(file)
    file.seek(0)
    if is_utf_8:
        return UTF_8
    sample = b"".join(_other_lines(file))
    file.seek(0)
    return _judged(name, sample)


def known_encoding(name: str) -> str:
    """An encoding that a person has named, in Python's spelling. Raises `UsageProblem` where there is none such."""
    try:
        found = codecs.lookup(name)
    except LookupError as err:
        raise UsageProblem(f"There is no encoding `{name}`. Usual ones are utf-8, utf-16, cp1252 and latin-1.") from err
    return "utf-8-sig" if found.name == UTF_8 else found.name


def _is_utf_8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder(UTF_8)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _other_lines(file: IO[bytes]) -> Iterator[bytes]:
    taken = 0
    for line in file:
        if not line.isascii():
            yield line
            taken += len(line)
        if taken > _SAMPLE:
            return


def _judged(name: str, sample: bytes) -> str:
    likely = [match.encoding for match in from_bytes(sample, cp_isolation=_CANDIDATES)]
    readings = {one: text for one in (WESTERN, *likely) if (text := _decoded(sample, one)) is not None}
    fitting = [one for one, text in readings.items() if _is_language(text)]
    if WESTERN in fitting and all(readings[one] == readings[WESTERN] for one in fitting):
        return WESTERN
    two = list(dict.fromkeys([*fitting, *likely]))[:2]
    if not two:
        raise UsageProblem(f"{name} is neither UTF-8 nor any usual text. Say what it is with --encoding.")
    either = " or ".join(f"--encoding {one}" for one in two)
    verb = "are likely, and letters would differ" if len(two) > 1 else "is likely"
    raise Undecided(
        f"{name} is not UTF-8, and it is uncertain what it is: {' or '.join(two)} {verb}.",
        f"Say it with {either}, or save the file as UTF-8.",
        option="encoding",
        choices=two,
    )


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_language(text: str) -> bool:
    """Whether the letters beyond ASCII are those of one language, and no other sign stands inside a word."""
    letters: set[str] = set()
    for at, one in enumerate(text):
        if one.isascii():
            continue
        around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
        if one.isalpha():
            letters.add(one.lower())
            if not _is_latin(one) and any(other.isascii() and other.isalpha() for other in around):
                return False  # two alphabets in one word
        elif one not in _AT_WORDS and any(other.isalpha() for other in around):
            return False
    if not any(map(_is_latin, letters)):
        return True
    return any(letters <= alphabet for alphabet in _ALPHABETS)


def _is_latin(letter: str) -> bool:
    return letter in "\u00aa\u00ba" or "LATIN" in unicodedata.name(letter, "")

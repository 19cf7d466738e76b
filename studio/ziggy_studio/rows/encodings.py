"""Which encoding a text file has: its byte-order mark, UTF-8 to its very end, else what its other letters say."""

import codecs
from collections.abc import Iterator
from typing import IO

from charset_normalizer import from_bytes

from ziggy_studio.errors import UsageProblem

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
    western = _western(sample)
    likely = [match.encoding for match in from_bytes(sample, cp_isolation=_CANDIDATES)]
    best = likely[0] if likely else None
    if western is not None and (best is None or _decoded(sample, best) == western):
        return WESTERN
    two = list(dict.fromkeys([one for one in likely if one != WESTERN][:2]))
    two = [WESTERN, *two][:2] if western is not None else two
    if not two:
        raise UsageProblem(f"{name} is neither UTF-8 nor any usual text. Say what it is with --encoding.")
    either = " or ".join(f"--encoding {one}" for one in two)
    verb = "are likely, and letters would differ" if len(two) > 1 else "is likely"
    raise UsageProblem(
        f"{name} is not UTF-8, and it is uncertain what it is: {' or '.join(two)} {verb}. Say it with {either}, or "
        "save the file as UTF-8."
    )


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


def _western(sample: bytes) -> str | None:
    """The sample read as cp1252, where nothing in it speaks against that."""
    text = _decoded(sample, WESTERN)
    if text is None:
        return None
    for at, one in enumerate(text):
        is_odd = not (one.isascii() or one.isalpha() or one in _AT_WORDS)
        if is_odd and (text[at - 1 : at].isalpha() or text[at + 1 : at + 2].isalpha()):
            return None
    return text

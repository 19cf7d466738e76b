"""Long texts in YAML, such as test data, kept from the libraries that look at each letter of them many times."""

import json
import re
import secrets
from collections.abc import Iterator

import yaml
from ruamel.yaml.scalarstring import PlainScalarString

from ziggy_sf_write.contract import JsonValue

_LONG = 4_000
# What a literal block cannot hold, or would change: YAML takes some of these for ends of lines.
_ODD = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DASHES = re.compile(r" *(?:- +)*")
_IN_BLOCK = re.compile(r" *(?:- +)*(?:[^\s{\[][^{\[]*: )?")


class LongTexts:
    """The long texts of one file. In their places stand marks, short words, until `filled` puts the texts back."""

    def __init__(self) -> None:
        self._prefix = f"long-text-{secrets.token_hex(8)}-"
        self._texts: list[str] = []
        self._marks: dict[str, str] = {}
        self._sources: dict[tuple[str, str], str] = {}

    def cut(self, source: str) -> str:
        """YAML text with marks in it. Raises `yaml.YAMLError` where it is no YAML."""
        source = source.removeprefix("\ufeff")
        parts, end = [], 0
        for start, stop, text in _long_scalars(source):
            mark = self._mark(text)
            parts += [source[end:start], mark]
            if stop < len(source):
                # A last line without an end gets one, and a block that ends with it would have one more.
                self._sources[_before(source, start), mark] = source[start:stop]
            end = stop
        return "".join([*parts, source[end:]])

    def marked(self, value: JsonValue) -> JsonValue:
        """A value with marks in it."""
        match value:
            case str() if len(value) > _LONG:
                # Plain, or it would take over the quotes of the text whose place it takes.
                return PlainScalarString(self._mark(value))
            case dict():
                return type(value)({key: self.marked(one) for key, one in value.items()})
            case list():
                return [self.marked(one) for one in value]
            case _:
                return value

    def filled(self, marked: str) -> str:
        """YAML text with the texts in place of their marks: as `cut` has found them, or in a new form."""
        return re.sub(rf"({self._prefix}(\d+))( +#[^\n]*)?", self._written, marked)

    def _mark(self, text: str) -> str:
        if text not in self._marks:
            self._marks[text] = f"{self._prefix}{len(self._texts)}"
            self._texts.append(text)
        return self._marks[text]

    def _written(self, found: re.Match[str]) -> str:
        before, comment = _before(found.string, found.start()), found[3] or ""
        # As it was written, where it stands behind the same words; at another depth its lines were wrong.
        if source := self._sources.get((before, found[1])):
            return source + comment
        text = self._texts[int(found[2])]
        is_alone = found.string[found.end() : found.end() + 1] in ("", "\n") and _IN_BLOCK.fullmatch(before)
        if "\n" not in text or not is_alone or _ODD.search(text):
            return _quoted(text) + comment
        dashes = _DASHES.match(before)
        column = dashes.end() if dashes else 0
        return _literal(text, " " * (column if column == len(before) else column + 2), comment)


def _before(text: str, at: int) -> str:
    """What stands before a place on its line."""
    return text[text.rfind("\n", 0, at) + 1 : at]


def _long_scalars(source: str) -> Iterator[tuple[int, int, str]]:
    """Each long text with the letters between which it is written, less the end of a block's last line."""
    for event in _events(source):
        match event:
            case yaml.ScalarEvent(anchor=None, tag=None, start_mark=start, end_mark=end) if len(event.value) > _LONG:
                if start and end:
                    is_block = source[end.index - 1] == "\n"
                    yield start.index, end.index - is_block, event.value


def _events(source: str) -> list[yaml.Event]:
    try:
        return list(yaml.parse(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, UnicodeEncodeError):
        # It may hold half of a surrogate pair, which only PyYAML's own parser takes.
        return list(yaml.parse(source, Loader=yaml.SafeLoader))


def _quoted(text: str) -> str:
    """JSON's form, which is YAML's between double quotes once every end of a line is escaped."""
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _literal(text: str, indent: str, comment: str) -> str:
    """The text as a block, without the end of its last line; a comment stands beside its mark."""
    lines = text.removesuffix("\n").split("\n")
    keep = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
    # A parser takes the indentation from the first line that is not empty, unless it is told.
    told = "2" if text[:1] in ("\n", " ") else ""
    return "\n".join([f"|{told}{keep}{comment}", *(indent + line if line else "" for line in lines)])

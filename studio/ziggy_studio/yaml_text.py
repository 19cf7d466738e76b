"""Reads YAML that says no more than JSON could: keys are texts, and nothing contains itself."""

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from ziggy_sf_write.contract import JsonValue

_DEEPEST = 100
_MERGE = "tag:yaml.org,2002:merge"
_KEYS = {"tag:yaml.org,2002:str", _MERGE}
# Beyond any flow that a person has written; a file of test data has no aliases, so it may be larger.
_MOST_NODES = 1_000_000
_TOO_DEEP = f"this is nested more than {_DEEPEST} deep. Make it flatter"


class YamlProblem(ValueError):
    """Why a text cannot be read: the line, from 1, where it is known; `detail` may quote what stands there."""

    def __init__(self, message: str, *, line: int | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.detail = detail


def parse_yaml(text: str) -> JsonValue:
    """The content of a YAML text; None where it is empty.

    Raises:
        YamlProblem: it is no YAML, or has what JSON has no place for.
    """
    try:
        return _document(_FastLoader(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        # PyYAML's own parser says better where it stands, and takes half of a surrogate pair as JSON does.
        pass
    try:
        return _document(_Loader(text))
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else None
        raise YamlProblem("this is not YAML", line=line, detail=str(err.problem)) from err
    except yaml.YAMLError as err:
        raise YamlProblem("this is not YAML", detail=str(err)) from err


class _Strict(Composer, SafeConstructor):
    _level = 0

    def compose_node(self, parent: yaml.Node | None, index: JsonValue) -> yaml.Node | None:
        """A node. PyYAML's time grows with the square of the depth, so that what is too deep ends here."""
        if self._level >= _DEEPEST:
            raise YamlProblem(_TOO_DEEP, line=_line(parent) if parent else None)
        self._level += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._level -= 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> JsonValue:  # noqa: FBT001, FBT002 # PyYAML's own
        """A value. PyYAML itself lets Python's errors through, as for a 32nd of November."""
        try:
            return super().construct_object(node, deep)
        except (AttributeError, OverflowError, ValueError) as err:
            raise yaml.constructor.ConstructorError(problem=str(err), problem_mark=node.start_mark) from err


class _Loader(_Strict, yaml.SafeLoader):
    pass


if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _FastLoader(_Strict, CParser, Resolver):
        """Over libyaml, which parses a text of megabytes within a tenth of a second."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)
else:

    class _FastLoader(_Loader):  # type: ignore[no-redef] # PyYAML was built without libyaml
        pass


def _document(loader: _Strict) -> JsonValue:
    root = loader.get_single_node()
    if root is None:
        return None
    _depth(root, {}, frozenset())
    if _size(root, {}) > _MOST_NODES:
        raise YamlProblem(f"its aliases stand for more than {_MOST_NODES:,} values. Write fewer of them")
    return loader.construct_document(root)


def _depth(node: yaml.Node, known: dict[int, int], way: frozenset[int]) -> int:
    """How deep a node goes. What an alias repeats is looked at once, or a few lines could keep it busy for ever."""
    if id(node) in way:
        raise YamlProblem("this contains itself. Write out what the alias stands for", line=_line(node))
    if id(node) not in known:
        inner = [value for key, value in node.value if _is_text(key)] if isinstance(node, yaml.MappingNode) else []
        if isinstance(node, yaml.MappingNode):
            _refuse_twice(node)
        inner += node.value if isinstance(node, yaml.SequenceNode) else []
        known[id(node)] = 1 + max((_depth(one, known, way | {id(node)}) for one in inner), default=0)
    if known[id(node)] > _DEEPEST:
        raise YamlProblem(_TOO_DEEP, line=_line(node))
    return known[id(node)]


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node stands for once its aliases are written out."""
    if id(node) not in known:
        inner = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else []
        inner += node.value if isinstance(node, yaml.SequenceNode) else []
        known[id(node)] = 1 + sum(_size(one, known) for one in inner)
    return known[id(node)]


def _refuse_twice(node: yaml.MappingNode) -> None:
    """Of two keys of one name YAML keeps the last in silence."""
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if key.value in seen and key.tag != _MERGE:
            raise YamlProblem(
                f"a key stands here that stood on line {seen[key.value]} already. Remove one of the two",
                line=_line(key),
                detail=str(key.value),
            )
        seen[key.value] = _line(key)


def _is_text(key: yaml.Node) -> bool:
    if not isinstance(key, yaml.ScalarNode) or key.tag not in _KEYS:
        reason = "YAML takes a number, a date and words such as on, yes and null for something else"
        raise YamlProblem(f"a key is no text. Write it in quotes: {reason}", line=_line(key))
    return True


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1

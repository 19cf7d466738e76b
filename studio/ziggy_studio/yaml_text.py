"""Reads YAML that says no more than JSON could: keys are texts, and nothing contains itself."""

import yaml

from ziggy_sf_write.contract import JsonValue

_DEEPEST = 100
_KEYS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}
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
        return _document(_Loader(text))
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else None
        raise YamlProblem("this is not YAML", line=line, detail=str(err.problem)) from err
    except yaml.YAMLError as err:
        raise YamlProblem("this is not YAML", detail=str(err)) from err
    except RecursionError as err:
        raise YamlProblem(_TOO_DEEP) from err


class _Loader(yaml.SafeLoader):
    def construct_object(self, node: yaml.Node, deep: bool = False) -> JsonValue:  # noqa: FBT001, FBT002 # PyYAML's own
        """A value. PyYAML itself lets Python's errors through, as for a 32nd of November."""
        try:
            return super().construct_object(node, deep)
        except (AttributeError, OverflowError, ValueError) as err:
            raise yaml.constructor.ConstructorError(problem=str(err), problem_mark=node.start_mark) from err


def _document(loader: _Loader) -> JsonValue:
    root = loader.get_single_node()
    if root is None:
        return None
    _depth(root, {}, frozenset())
    return loader.construct_document(root)


def _depth(node: yaml.Node, known: dict[int, int], way: frozenset[int]) -> int:
    """How deep a node goes. What an alias repeats is looked at once, or a few lines could keep it busy for ever."""
    if id(node) in way:
        raise YamlProblem("this contains itself. Write out what the alias stands for", line=_line(node))
    if id(node) not in known:
        inner = [value for key, value in node.value if _is_text(key)] if isinstance(node, yaml.MappingNode) else []
        inner += node.value if isinstance(node, yaml.SequenceNode) else []
        known[id(node)] = 1 + max((_depth(one, known, way | {id(node)}) for one in inner), default=0)
    if known[id(node)] > _DEEPEST:
        raise YamlProblem(_TOO_DEEP, line=_line(node))
    return known[id(node)]


def _is_text(key: yaml.Node) -> bool:
    if key.tag not in _KEYS:
        reason = "YAML takes a number, a date and words such as on, yes and null for something else"
        raise YamlProblem(f"a key is no text. Write it in quotes: {reason}", line=_line(key))
    return True


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1

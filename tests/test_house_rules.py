"""Rules of the house that no linter knows, read from the sources."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from ziggy_sf_write import contract, hookspecs, testing, validation

ROOT = Path(__file__).parents[1]
PRODUCTS = (ROOT / "ziggy_sf_write", ROOT / "studio" / "ziggy_studio", ROOT / "sandbox" / "salesforce_sandbox")
TESTS = ROOT / "tests"
NAMES = tuple(product.name for product in PRODUCTS)
LONGEST_FILE = 500
MOST_MODULES = 20
# Around the hooks of plugins and the methods of hosts, and the tops of threads; everywhere else errors have names.
MAY_CATCH_ALL = {
    "ziggy_sf_write/errors.py",
    "ziggy_sf_write/run/context.py",
    "ziggy_sf_write/run/guard.py",
    "ziggy_sf_write/sidecar/server.py",
    "ziggy_studio/answers.py",
    "ziggy_studio/engine.py",
    "salesforce_sandbox/app.py",
    "salesforce_sandbox/bulk/worker.py",
}
# What the command line writes is its result.
MAY_PRINT = ("ziggy_studio/cli/", "salesforce_sandbox/cli.py")
BUILDS_SOQL = "ziggy_sf_write/salesforce/soql.py"
_MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:home|Users)/[a-z][\w.-]*/|(?<![\w.])/(?:work|root)/[\w.-]+")
# Words of this very page would be found by it.
_SLEEP, _MOCK = "time" + ".sleep(", "unittest" + ".mock"


Node = TypeVar("Node", bound=ast.AST)


def _name(path: Path) -> str:
    """A module's path below its product's root, such as `ziggy_sf_write/run/pool.py`."""
    (root,) = (product.parent for product in PRODUCTS if path.is_relative_to(product))
    return path.relative_to(root).as_posix()


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in (path for product in PRODUCTS for path in sorted(product.rglob("*.py"))):
        yield _name(path), ast.parse(path.read_text(encoding="utf-8"))


TREES = dict(_trees())
LINES = {_name(path): path.read_text(encoding="utf-8").splitlines() for one in PRODUCTS for path in one.rglob("*.py")}
SOURCES_OF_TESTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))
}


def _where(name: str, node: ast.stmt | ast.expr | ast.ExceptHandler) -> str:
    return f"{name}:{node.lineno}"


@cache
def _every_node() -> list[tuple[str, ast.AST]]:
    return [(name, node) for name, tree in TREES.items() for node in ast.walk(tree)]


def _nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    for name, node in _every_node():
        if isinstance(node, kind):
            yield name, node


def _caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {"everything" if kind is None else ast.unparse(kind) for kind in kinds}


def test_every_exception_is_caught_only_around_a_plugins_hook_and_at_the_top_of_a_thread() -> None:
    found = {
        _where(name, handler)
        for name, handler in _nodes(ast.ExceptHandler)
        if _caught(handler) & {"Exception", "everything"} and name not in MAY_CATCH_ALL
    }
    assert found == set()


def test_what_tidies_up_after_any_exception_raises_it_again() -> None:
    found = {
        _where(name, handler)
        for name, handler in _nodes(ast.ExceptHandler)
        if "BaseException" in _caught(handler)
        and not (isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None)
    }
    assert found == set()


def test_only_the_command_line_prints() -> None:
    found = {
        _where(name, call)
        for name, call in _nodes(ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "print" and not name.startswith(MAY_PRINT)
    }
    assert found == set()


def test_soql_is_built_in_one_module() -> None:
    found = {
        _where(name, text)
        for name, text in _nodes(ast.Constant)
        if isinstance(text.value, str)
        and text.value.startswith("SELECT ")
        and name != BUILDS_SOQL
        and not name.startswith("salesforce_sandbox/")
    }
    assert found == set()


def test_yaml_is_read_with_the_safe_loader() -> None:
    found = set()
    for name, call in _nodes(ast.Call):
        asked = ast.unparse(call.func)
        loader = [ast.unparse(one.value) for one in call.keywords if one.arg == "Loader"]
        if asked.startswith("yaml.") and asked.endswith(("load", "load_all")) and not asked.startswith("yaml.safe_"):
            found |= {_where(name, call)} if not loader or "Safe" not in loader[0] else set()
    assert found == set()


def test_every_public_name_is_there() -> None:
    missing = set()
    for product in PRODUCTS:
        for module in pkgutil.walk_packages([str(product)], f"{product.name}."):
            if not module.ispkg:
                continue
            package = importlib.import_module(module.name)
            missing |= {
                f"{module.name}.{name}" for name in getattr(package, "__all__", ()) if not hasattr(package, name)
            }
    assert missing == set()


@pytest.mark.parametrize("name", SOURCES_OF_TESTS)
def test_tests_replace_nothing_of_ours_and_never_sleep(name: str) -> None:
    text = SOURCES_OF_TESTS[name]
    assert _MOCK not in text
    assert _SLEEP not in text
    assert not re.search(r"^from unittest import .*\bmock\b|\bmocker\b", text, re.MULTILINE)
    patched = re.findall(r"\.setattr\(\s*[\"']?([\w.]+)", text)
    assert [one for one in patched if one.split(".")[0] in NAMES or _is_ours(one, text)] == []


def _is_ours(name: str, text: str) -> bool:
    """Whether the test has imported this name from the package."""
    first = re.escape(name.split(".", maxsplit=1)[0])
    return bool(re.search(rf"^from (?:{'|'.join(NAMES)})[\w.]* import .*\b{first}\b", text, re.MULTILINE))


def test_the_pip_lock_names_no_index_and_no_file() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize("folder", ["ui", "bridges"])
def test_the_npm_lock_names_no_registry_and_no_file(folder: str) -> None:
    lock = ROOT / folder / "package-lock.json"
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert [name for name, one in packages.items() if "resolved" in one] == []
    assert re.findall(r"https?://\S+\.tgz|https?://registry\S*|\"file:", lock.read_text(encoding="utf-8")) == []


def _tracked() -> list[Path]:
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip("this is no git checkout, so nobody can say which files are tracked")
    return [ROOT / name for name in answer.stdout.split("\0") if name]


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    found = set()
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        if path != Path(__file__) and (shown := _MACHINE_PATH.search(text)):
            found.add(f"{path.relative_to(ROOT)}: {shown[0]}")
    assert found == set()


def _public() -> Iterator[tuple[str, object]]:
    exported = {name: getattr(validation, name) for name in validation.__all__}
    modules = (contract, hookspecs, testing)
    for module, names in (*((one, vars(one)) for one in modules), (validation, exported)):
        for name, thing in names.items():
            is_ours = str(getattr(thing, "__module__", "")).startswith("ziggy_sf_write")
            if is_ours and not name.startswith("_") and (inspect.isclass(thing) or inspect.isfunction(thing)):
                yield f"{module.__name__}.{name}", thing
                yield from _methods(f"{module.__name__}.{name}", thing)


def _methods(name: str, thing: object) -> Iterator[tuple[str, object]]:
    if inspect.isclass(thing):
        for method, one in vars(thing).items():
            if not method.startswith("_") and (inspect.isfunction(one) or isinstance(one, property)):
                yield f"{name}.{method}", one


PUBLIC = dict(_public())


@pytest.mark.parametrize("name", PUBLIC)
def test_whatever_a_host_author_uses_says_what_it_does(name: str) -> None:
    own = vars(PUBLIC[name]).get("__doc__") if inspect.isclass(PUBLIC[name]) else PUBLIC[name].__doc__
    # A dataclass without a docstring shows its signature in place of one.
    assert own
    assert not own.startswith(f"{name.rsplit('.', maxsplit=1)[-1]}(")


@pytest.mark.parametrize("name", TREES)
def test_a_file_fits_into_a_readers_head(name: str) -> None:
    assert len(LINES[name]) <= LONGEST_FILE


def test_the_pipeline_is_told_in_twenty_modules() -> None:
    modules = [path.name for path in (ROOT / "ziggy_sf_write" / "run").glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES, sorted(modules)

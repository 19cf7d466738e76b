"""Studios for the browser tests, in one process for a worker of theirs, so that Python starts once.

A line of JSON on stdin starts a studio, `{"start": ID, "arguments": [...]}`, or ends one, `{"stop": ID}`.
Each is answered on stdout: `{"id": ID, "url": "..."}`, `{"id": ID, "ended": true}`. The end of stdin ends all.
"""

import argparse
import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from salesforce_sandbox import SandboxOptions
from tests.support.studio import serving
from ziggy_sf_write import plugin
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.embedded import embedded_sandbox
from ziggy_studio.engine import Host
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import History, open_store
from ziggy_studio.web.studio import open_studio

_FOR_EVER_S = 3600


def main() -> None:
    """Serves until stdin ends."""
    ends: dict[int, threading.Event] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "stop" in asked:
            ends.pop(asked["stop"]).set()
        else:
            number = asked["start"]
            ends[number] = threading.Event()
            threading.Thread(target=_serve, args=(number, asked["arguments"], ends[number])).start()
    for end in ends.values():
        end.set()


def _serve(number: int, arguments: Sequence[str], end: threading.Event) -> None:
    try:
        _studio(_settings(arguments), lambda url: _say(id=number, url=url), end)
    finally:
        ORGS.clear()
        _say(id=number, ended=True)


def _say(**answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def _settings(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plugin", type=Path)
    parser.add_argument("--objects", type=int, default=0, help="how many custom objects the org has besides")
    parser.add_argument("--fields", type=int, default=0, help="how many fields its object Wide__c has")
    parser.add_argument("--latency", default="none")
    parser.add_argument("--hang", default="", help="KIND:NUMBER: this call of this kind never gets an answer")
    return parser.parse_args(arguments)


def _studio(settings: argparse.Namespace, on_start: Callable[[str], None], end: threading.Event) -> None:
    plugins = [plugin, *([_load(settings.plugin)] if settings.plugin else [])]
    objects = (_many_objects(settings.project, settings.objects, settings.fields),) if settings.objects else ()
    project = Project(settings.project)
    with embedded_sandbox(project, SandboxOptions(objects=objects, latency=settings.latency)) as org:
        if settings.hang:
            kind, _, number = settings.hang.partition(":")
            org.inject("slow_answer", at=(int(number),), kinds=(kind,), seconds=_FOR_EVER_S)
        store = open_store(project.store_location)
        history = History(store, level=project.history_level, runs=project.history_runs)
        host = Host(
            plugins=make_plugin_manager(plugins), project=project, store=store, mode=project.mode, history=history
        )
        with serving(open_studio(host, has_sandbox=True), settings.port) as url:
            on_start(url)
            end.wait()
            if settings.hang:
                org.stop()  # an ending studio awaits its calls, and this one would take its whole time-out
        store.close()


def _load(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _many_objects(folder: Path, count: int, fields: int) -> Path:
    documents = [_object("Wide", 0, fields)] + [_object(f"Thing{number:04}", number, 0) for number in range(1, count)]
    path = folder / "many.yaml"
    path.write_text("---\n".join(documents))
    return path


def _object(name: str, number: int, fields: int) -> str:
    lines = [f"name: {name}__c", f"label: {name.replace('Thing', 'Thing ')}", f"prefix: z{_base36(number)}", "fields:"]
    lines.append("  Name: {type: string, label: Name, length: 80, name_field: true}")
    lines += [f"  F{at:03}__c: {{type: string, label: Field {at:03}, length: 40}}" for at in range(fields)]
    return "\n".join(lines) + "\n"


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number // 36 % 36] + digits[number % 36]


if __name__ == "__main__":
    main()

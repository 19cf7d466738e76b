"""What the pipe of the sidecar costs: CPU of both sides for an item there and back, and memory for a million."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from support import accounts, headline, line

ITEMS = 1_000_000
BATCHES = 2_000
CHUNK = 500
CREDITS = 16

# The sidecar's own parts without a block between them: what comes in goes out again.
ECHO = """
import json, resource, sys, threading
from ziggy_sf_write.sidecar.edges import InputEdge, OutputEdges
from ziggy_sf_write.sidecar.pipes import Outbox, messages, protocol_pipes

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

with protocol_pipes() as pipes:
    out = Outbox(pipes.lines_out)
    edge, back = InputEdge(1, out.send), OutputEdges(1, out.send, credits_given=int(sys.argv[1]))
    def read():
        for message in messages(pipes.lines_in):
            params = message["params"]
            match message["event"]:
                case "items": edge.put(params["items"])
                case "credit": back.allow(params["chunks"])
                case "end": edge.end()
    threading.Thread(target=read, daemon=True).start()
    begun, before = cpu(), 0
    edge.begin()
    back.send(0, edge, is_plain=True)
    out.close()
    print(json.dumps({"cpu": cpu() - begun, "rss": rss(), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}),
          file=sys.stderr)
"""


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_us(items: list[dict[str, Any]]) -> float:
    """Microseconds of CPU that one item takes to be written as JSON and read again, by itself."""
    best = 1e9
    for _ in range(5):
        begun = time.process_time()
        for item in items:
            json.loads(json.dumps(item))
        best = min(best, (time.process_time() - begun) / len(items))
    return best * 1e6


def chunks(count: int) -> Iterator[bytes]:
    """Lines with the same few thousand items over and over, so that this process holds no more of them."""
    held = accounts(BATCHES, "s")
    source = (item for _ in range(count // BATCHES) for item in held)
    while chunk := list(islice(source, CHUNK)):
        yield json.dumps({"event": "items", "params": {"run": 1, "items": chunk}}).encode() + b"\n"
    yield b'{"event": "end", "params": {"run": 1}}\n'


def through_the_pipe(count: int) -> dict[str, Any]:
    """CPU of both sides and their peaks while so many items go through and come back."""
    command = [sys.executable, "-c", ECHO, str(CREDITS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        begun, seen, source = cpu(), 0, chunks(count)
        for raw in process.stdout:
            message = json.loads(raw)
            params = message["params"]
            if message["event"] == "credit":
                # Each credit lets one more chunk in; the first answer lets several.
                process.stdin.writelines(islice(source, params["chunks"]))
            else:
                seen += len(params["items"])
                process.stdin.write(b'{"event": "credit", "params": {"run": 1, "chunks": 1}}\n')
            process.stdin.flush()
        told = json.loads(process.stderr.read())
        assert seen == count, seen
        return {"cpu": cpu() - begun + told["cpu"], "peak": told["peak"] / 1024, "own_peak": peak_mb()}


def main() -> None:
    headline("the sidecar's pipe")
    bare = bare_us(accounts(BATCHES, "s"))
    small = through_the_pipe(ITEMS // 10)
    large = through_the_pipe(ITEMS)
    an_item = large["cpu"] / ITEMS * 1e6
    line(
        "CPU of both sides for an item there and back",
        f"{an_item:.1f} µs, {an_item / bare:.2f} times json.dumps + json.loads ({bare:.1f} µs)",
        bar="2 times",
        is_met=an_item <= 2 * bare,
    )
    for side, name in (("peak", "sidecar"), ("own_peak", "host")):
        grown = large[side] - small[side]
        line(
            f"memory of the {name}, 1,000,000 items over 100,000",
            f"{grown:+.1f} MB (peak {large[side]:.0f} MB)",
            bar="20 MB",
            is_met=grown <= 20,
        )


if __name__ == "__main__":
    main()

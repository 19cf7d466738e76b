"""Signs of life and signs of stop: when a partition may be written again, and when it may not be written on."""

import os
import time
from pathlib import Path

import pytest

from ziggy_sf_write.cluster.liveness import STOPPED, Heartbeat, WorkerStop, await_quiet, quiet_after_s
from ziggy_sf_write.run.outcomes import stop_reason


class Clock:
    """Seconds that pass only when someone sleeps; sleeping ages the files."""

    def __init__(self, *paths: Path) -> None:
        self.now = 0.0
        self._paths = paths

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        for path in self._paths:
            age(path, seconds)
        return False


def age(path: Path, seconds: float) -> None:
    """Makes a file older."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_a_heartbeat_beats_at_most_once_a_second(tmp_path: Path) -> None:
    clock = Clock()
    heartbeat = Heartbeat(tmp_path / "part", clock=clock)
    assert not heartbeat.exists
    beaten = []
    for clock.now in (0.0, 0.5, 0.99, 1.0, 1.5):
        (tmp_path / "part").unlink(missing_ok=True)
        heartbeat.beat()
        beaten.append(heartbeat.exists)
    assert beaten == [True, False, False, True, False]


def test_a_heartbeat_ends_with_its_partition(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path / "part")
    heartbeat.beat()
    heartbeat.end()
    assert not heartbeat.exists


def test_the_wait_lasts_until_the_last_sign_of_life_is_old_enough(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.touch()
    clock = Clock(path)
    clock.sleep(3)
    assert await_quiet([path], 10, is_stopped_in=clock.sleep)
    assert clock.now == pytest.approx(10, abs=0.5)
    assert list(tmp_path.iterdir()) == [path]


def test_who_is_alive_after_all_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.touch()
    clock = Clock(path)

    def sleep(seconds: float) -> bool:
        clock.sleep(seconds)
        if clock.now < 5:
            path.touch()
        return False

    assert await_quiet([path], 4, is_stopped_in=sleep)
    assert clock.now == pytest.approx(8, abs=1)


def test_nothing_is_waited_for_where_nobody_has_begun(tmp_path: Path) -> None:
    clock = Clock()
    assert await_quiet([tmp_path / "part"], 10, is_stopped_in=clock.sleep)
    assert clock.now == 0


def test_a_stop_ends_the_wait(tmp_path: Path) -> None:
    (tmp_path / "part").touch()
    assert not await_quiet([tmp_path / "part"], 10, is_stopped_in=lambda _seconds: True)


def test_quiet_is_longer_than_the_longest_call() -> None:
    assert quiet_after_s(120) > 120


def test_the_scheduler_is_asked_at_most_twice_a_second_and_every_look_is_a_sign_of_life() -> None:
    clock, asked, beats = Clock(), [], []
    stop = WorkerStop(lambda: asked.append(clock.now), beat=lambda: beats.append(clock.now), clock=clock)
    for clock.now in (0.0, 0.1, 0.4, 0.5, 0.9, 1.0):
        assert not stop.is_set()
    assert asked == [0.0, 0.5, 1.0]
    assert len(beats) == 6


def test_a_stop_is_for_good_and_keeps_its_reason() -> None:
    reasons = iter([None, STOPPED])
    clock = Clock()
    stop = WorkerStop(lambda: next(reasons), clock=clock)
    assert not stop.is_set()
    clock.now = 1
    assert stop.is_set()
    clock.now = 2
    assert stop.is_set()
    assert stop.reason is STOPPED


def test_a_wait_ends_when_its_time_is_over_or_the_run_is_stopped() -> None:
    started = time.monotonic()
    assert not WorkerStop(lambda: None).wait(0.01)
    assert WorkerStop(lambda: stop_reason("c", "m")).wait()
    assert time.monotonic() - started < 5

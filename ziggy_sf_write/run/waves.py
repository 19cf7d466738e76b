"""Successive waves: the k-th item of each key goes into the k-th wave, so that no key is twice under way."""

from collections.abc import Hashable, Iterable

from ziggy_sf_write.run.plan import Write


def waves(writes: Iterable[Write]) -> list[list[Write]]:
    """Cuts writes into waves that keep the edge's order; writes without a key all go into the first."""
    seen: dict[Hashable, int] = {}
    cut: list[list[Write]] = [[]]
    for write in writes:
        place = seen.get(write.key, 0) if write.key is not None else 0
        if write.key is not None:
            seen[write.key] = place + 1
        if place == len(cut):
            cut.append([])
        cut[place].append(write)
    return cut if cut[0] else []

"""What is left of the day's calls: told by every answer, and answers overtake each other."""

import pytest

from ziggy_sf_write.salesforce.org import ApiUsage, Org

NOWHERE = {"accessToken": "x", "instanceUrl": "https://127.0.0.1:9"}

# Answers as (count, asked at, came at), in the order in which they come.
ANSWERS = {
    "one after the other": ([(5, 0, 1), (6, 2, 3)], 6),
    "answered after a later call": ([(6, 0.5, 1), (5, 0, 1.2)], 6),
    "fewer, because yesterday's calls are counted no more": ([(900, 0, 1), (7, 2, 3)], 7),
    "none told": ([(5, 0, 1), (None, 2, 3)], 5),
}


@pytest.mark.parametrize(("answers", "left"), ANSWERS.values(), ids=ANSWERS)
def test_the_newest_count_is_the_one_that_stays(answers: list[tuple[int | None, float, float]], left: int) -> None:
    org = Org(NOWHERE)
    for used, asked_at_s, noted_at_s in answers:
        usage = None if used is None else ApiUsage(used=used, limit=1_000)
        org.note_usage(usage, asked_at_s=asked_at_s, noted_at_s=noted_at_s)
    assert org.usage == ApiUsage(used=left, limit=1_000)
    org.close()

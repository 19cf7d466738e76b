"""Two workers of a cluster against one, on rows whose validation is all the work there is."""

import json
import os
import tempfile
from pathlib import Path

from support import ServedOrg, headline, line, served_org

from ziggy_sf_write.cluster import connect, write_dataframe
from ziggy_sf_write.contract import Connection

PARTS, ROWS, ROUNDS = 32, 2_500, 3

# Every field has something to convert or to check, and the last one refuses the row: none is ever sent, so that the
# sandbox, which has the same two cores, takes none of them.
ROW = {
    "Name": "Acme International Holdings",
    "AnnualRevenue": "1234567.89",
    "NumberOfEmployees": "1200",
    "Industry": "Agriculture",
    "Phone": "+41 44 123 45 67",
    "Website": "https://example.com/a/b",
    "BillingStreet": "Long Street 1",
    "BillingCity": "Zurich",
    "BillingPostalCode": "8000",
    "ShippingStreet": "Long Street 1",
    "ShippingCity": "Zurich",
    "ShippingPostalCode": "8000",
    "Description": "some text " * 20,
    "Fax": "+41 44 123 45 68",
    "AccountNumber": "A-1",
    "Site": "Main",
    "TickerSymbol": "ACM",
    "Sic": "1234",
    "Rating": "Lukewarm",
    "Type": "Custommer",
    "Ownership": "Publik",
    "NumberOfLocations": "many",
}


def write_parts(folder: Path) -> Path:
    """JSON Lines parts in a folder of their own."""
    folder.mkdir()
    for part in range(PARTS):
        rows = ({"Ext__c": f"k{part}-{row}", **ROW} for row in range(ROWS))
        (folder / f"part-{part:03d}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def seconds(org: ServedOrg, parts: Path, out: Path, workers: int) -> float:
    """From the first part read to the last result laid down, by so many worker processes of one thread."""
    config = {
        "consumerKey": org.raw["consumer_key"],
        "consumerSecret": org.raw["consumer_secret"],
        "domain": org.host,
        "caBundle": org.ca_file,
    }
    connection = Connection(name="sfDev", type="salesforce", config=config)
    block = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "validate": True}
    with connect(f"local:{workers}") as client:
        client.run(__import__, "ziggy_sf_write.cluster")
        report = write_dataframe(parts, block, connection, client=client, out=out)
    assert report.counts["invalid"] == PARTS * ROWS, report.counts
    return sum(report.elapsed_ms.values()) / 1000


if __name__ == "__main__":  # worker processes import this file
    headline(f"A cluster on {os.cpu_count()} cores, {PARTS * ROWS:,} rows of {len(ROW) + 1} fields in {PARTS} parts")
    with served_org("none") as org, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts = write_parts(folder / "in")
        # In turns, so that whatever else the machine does meets both.
        taken = [[seconds(org, parts, folder / f"{turn}-{n}", n) for n in (1, 2)] for turn in range(ROUNDS)]
        one, two = (min(each) for each in zip(*taken, strict=True))
        spread = ", ".join(f"{slow / fast:.2f}" for slow, fast in taken)
        figures = f"{one / two:.2f} times as fast ({one:.1f} s and {two:.1f} s; in each turn {spread})"
        print(f"      one worker reads, shuffles, checks and lays down {PARTS * ROWS / one:,.0f} rows a second")
        line("two workers against one", figures, bar="at least 1.6", is_met=one / two >= 1.6)

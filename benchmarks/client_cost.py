"""Bar 3: CPU for one 20-field item from edge to outcome, against json.dumps of the same items in the same run."""

import json
import statistics
import time
from typing import Any

from support import headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT, ROUNDS = 20_000, 5


def item(number: int) -> dict[str, Any]:
    """Twenty fields that Account has, of the types that people write most."""
    return {
        "Ext__c": f"k{number}",
        "Name": f"Account {number}",
        "Phone": "+41 44 000 00 00",
        "Fax": "+41 44 000 00 01",
        "Website": "https://example.com/a",
        "Industry": "Agriculture",
        "Type": "Customer - Direct",
        "Description": "A text of some length, as descriptions are.",
        "AnnualRevenue": number * 10,
        "NumberOfEmployees": number % 1000,
        "BillingStreet": "Bahnhofstrasse 1",
        "BillingCity": "Zürich",
        "BillingState": "ZH",
        "BillingPostalCode": "8001",
        "BillingCountry": "Switzerland",
        "ShippingStreet": "Bahnhofstrasse 2",
        "ShippingCity": "Bern",
        "ShippingState": "BE",
        "ShippingPostalCode": "3000",
        "ShippingCountry": "Switzerland",
    }


def main() -> None:
    """Measures both sides, round by round."""
    headline("CPU of the client for one 20-field item, edge to outcome, validation off")
    items = [item(number) for number in range(COUNT)]
    ratios = []
    with served_org("none") as org:
        run_block(org, items[:200])
        for _ in range(ROUNDS):
            started = time.process_time()
            json.dumps(items)
            dumped = time.process_time() - started
            started = time.process_time()
            run_block(org, items, api="collections")
            written = time.process_time() - started
            ratios.append(written / dumped)
            print(f"  json.dumps {dumped / COUNT * 1e6:.1f} µs, edge to outcome {written / COUNT * 1e6:.1f} µs an item")
    ORGS.clear()
    ratio = statistics.median(ratios)
    spread = f"median of {ROUNDS}, {min(ratios):.2f} to {max(ratios):.2f}"
    line("CPU against json.dumps", f"{ratio:.2f} times ({spread})", bar="at most 4 times", is_met=ratio <= 4)


if __name__ == "__main__":
    main()

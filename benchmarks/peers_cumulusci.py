"""CumulusCI's REST step on its own; run by the Python of an environment that has CumulusCI, as peers.py does it."""

import json
import logging
import sys
import time
from types import SimpleNamespace

import requests
from cumulusci.tasks.bulkdata.step import DataOperationType, RestApiDmlOperation
from simple_salesforce import Salesforce

url, token, ca_file, count, prefix = sys.argv[1:]
session = requests.Session()
session.verify = ca_file
session.trust_env = False
salesforce = Salesforce(instance_url=url, session_id=token, session=session, version="60.0")
context = SimpleNamespace(sf=salesforce, bulk=None, logger=logging.getLogger("cumulusci"))
fields = ["Ext__c", "Name", "Phone", "AnnualRevenue", "Description"]
rows = [[f"{prefix}{n}", f"Account {n}", f"+41 {n}", n, "x"] for n in range(int(count))]
step = RestApiDmlOperation(
    sobject="Account",
    operation=DataOperationType.UPSERT,
    api_options={"batch_size": 200, "update_key": "Ext__c"},
    context=context,
    fields=fields,
)
started = time.monotonic()
with step:
    step.load_records(iter(rows))
seconds = time.monotonic() - started
failed = sum(not result.success for result in step.get_results())
print(json.dumps({"seconds": seconds, "failed": failed}))

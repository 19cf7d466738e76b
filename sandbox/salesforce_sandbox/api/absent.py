"""What the sandbox does not have: answered as by an org without it, so that a client reads what is missing."""

import json

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.org import Org

from .intake import find_object

# Names below an object that a real org has resources for; they are no ids and no external-id fields.
OF_AN_OBJECT = ("listviews", "quickActions", "defaultValues", "relevantItems", "namedLayouts")
_FEATURE = {"exceptionCode": "FeatureNotEnabled", "exceptionMessage": "Async API not enabled"}
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><error xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
    "<exceptionCode>{exceptionCode}</exceptionCode><exceptionMessage>{exceptionMessage}</exceptionMessage></error>"
)


def resource(org: Org, call: Call) -> Answer:
    """Layouts, list views and the like of an object."""
    find_object(org, call.parameters["object"])
    raise not_found()


def bulk_1(_org: Org, call: Call) -> Answer:
    """Bulk API 1.0, which has a session header and error shapes of its own; the wording is not in the reference."""
    if "json" in call.headers.get("content-type", "") + call.headers.get("accept", ""):
        return Answer(status=400, body=json.dumps(_FEATURE))
    return Answer(status=400, body=_XML.format(**_FEATURE), media_type="application/xml")


def apex(_org: Org, _call: Call) -> Answer:
    """Apex REST: nobody has written any."""
    raise RequestRefused(404, "NOT_FOUND", "Could not find a match for URL")

"""Expansion module of misp-modules: asks the passive DNS of domainstats, and answers with passive-dns objects."""

import json
import uuid
from datetime import datetime, timezone
from urllib.parse import quote

import requests

misperrors = {"error": "Error"}
mispattributes = {
    "input": ["hostname", "domain", "domain|ip", "ip-src", "ip-dst", "ip-src|port", "ip-dst|port"],
    "format": "misp_standard",
}
moduleinfo = {
    "version": "1.0",
    "author": "domainstats",
    "name": "domainstats Passive DNS",
    "description": "Which records a name had, and which names had an address, by the DNS logs of your own sensors.",
    "module-type": ["expansion", "hover"],
    "logo": "",
    "requirements": ["The URL of a domainstats HTTP port with pdns.enabled, and its token if it has one"],
    "features": "Each record is an object with its type, its data, a count, and its first and last time.",
    "references": ["https://datatracker.ietf.org/doc/draft-dulaunoy-dnsop-passive-dns-cof/"],
    "input": "A host name, a domain or an IP address.",
    "output": "passive-dns objects.",
}
moduleconfig = ["url", "key", "limit"]

# https://github.com/MISP/misp-objects/blob/main/objects/passive-dns/definition.json
template = {
    "name": "passive-dns",
    "meta-category": "network",
    "template_uuid": "b77b7b1c-66ab-4a41-8da4-83810f6d2d6c",
    "template_version": "5",
}
types = {
    "rrname": "text",
    "rrtype": "text",
    "rdata": "text",
    "time_first": "datetime",
    "time_last": "datetime",
    "count": "counter",
    "sensor_id": "text",
    "origin": "text",
}


def failure(message):
    return {**misperrors, "error": message}


def rows_of(value, url, key, limit):
    """Asks the port for one page. Raises requests.RequestException, or ValueError for an answer that is none."""
    headers = {"dribble-paginate-count": str(limit)}
    if key:
        headers["X-API-Key"] = key
    # The port itself ends a search after a minute.
    answer = requests.get(f"{url.rstrip('/')}/pdns/query/{quote(value, safe='')}", headers=headers, timeout=70)
    answer.raise_for_status()
    return [json.loads(line) for line in answer.content.decode("utf-8").split("\n") if line]


def text_of(name, value):
    if name in ("time_first", "time_last"):
        return datetime.fromtimestamp(value, timezone.utc).isoformat()
    return str(value)


def object_of(row, asked_uuid):
    own_uuid = str(uuid.uuid4())
    found = {
        **template,
        "uuid": own_uuid,
        "Attribute": [
            {
                "uuid": str(uuid.uuid4()),
                "object_relation": name,
                "type": kind,
                "value": text_of(name, row[name]),
                "disable_correlation": name not in ("rrname", "rdata"),
            }
            for name, kind in types.items()
            if name in row
        ],
    }
    if asked_uuid:
        found["ObjectReference"] = [
            {
                "uuid": str(uuid.uuid4()),
                "object_uuid": own_uuid,
                "referenced_uuid": asked_uuid,
                "relationship_type": "related-to",
            }
        ]
    return found


def handler(q=False):
    if q is False:
        return False
    request = json.loads(q)
    attribute = request.get("attribute") or {}
    if attribute.get("type") not in mispattributes["input"] or not attribute.get("value"):
        return failure("The attribute is no host name, domain or address.")
    config = request.get("config") or {}
    if not config.get("url"):
        return failure("The URL of the domainstats port is not configured.")
    try:
        limit = int(config.get("limit") or 100)
        rows = rows_of(attribute["value"].split("|")[0], config["url"], config.get("key"), limit)
    except (requests.RequestException, ValueError) as error:
        return failure(f"domainstats did not answer: {error}")
    return {"results": {"Object": [object_of(row, attribute.get("uuid")) for row in rows]}}


def introspection():
    return mispattributes


def version():
    moduleinfo["config"] = moduleconfig
    return moduleinfo

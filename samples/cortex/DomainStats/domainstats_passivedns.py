#!/usr/bin/env python3
"""Analyzer for Cortex: asks the passive DNS of domainstats for a name or an address."""

import json
from urllib.parse import quote

import requests
from cortexutils.analyzer import Analyzer


class DomainStatsPassiveDns(Analyzer):
    def __init__(self):
        Analyzer.__init__(self)
        self.url = self.get_param("config.url", None, "The URL of domainstats is missing").rstrip("/")
        self.key = self.get_param("config.key", None)
        self.limit = int(self.get_param("config.limit", 100))

    def ask(self, data):
        headers = {"dribble-paginate-count": str(self.limit)}
        if self.key:
            headers["X-API-Key"] = self.key
        # The port itself ends a search after a minute.
        answer = requests.get(f"{self.url}/pdns/query/{quote(data, safe='')}", headers=headers, timeout=70)
        answer.raise_for_status()
        rows = [json.loads(line) for line in answer.content.decode("utf-8").split("\n") if line]
        return rows, "x-dribble-cursor" in answer.headers

    def run(self):
        if self.data_type not in ("domain", "fqdn", "ip"):
            self.error("Passive DNS is asked for a domain, an fqdn or an ip.")
        try:
            rows, is_more = self.ask(self.get_data())
        except (requests.RequestException, ValueError) as error:
            self.error(f"domainstats did not answer: {error}")
        self.report({"results": rows, "is_more": is_more})

    def summary(self, raw):
        count = len(raw["results"])
        value = f"{count}+ records" if raw["is_more"] else f"{count} records"
        return {"taxonomies": [self.build_taxonomy("info", "DomainStats", "PassiveDNS", value)]}


if __name__ == "__main__":
    DomainStatsPassiveDns().run()

# SPDX-License-Identifier: Apache-2.0
"""The plans that the server really made, told by auto_explain."""
import json
import re

AUTO_EXPLAIN = {
    "session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off", "auto_explain.log_format": "json", "jit": "off"}


class Plans:
    """What the server planned since it was asked last."""

    def __init__(self, stack):
        self.path, self.at = f"{stack.folder}/log/postgres.log", 0
        self.take()

    def take(self):
        with open(self.path, errors="replace") as file:
            file.seek(self.at)
            text = file.read()
            self.at = file.tell()
        return [json.loads(plan) for plan in re.findall(r"plan:\n((?:\t.*\n?)+)", text)]


def nodes(node):
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


def looked_at(node):
    loops = node["Actual Loops"]
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)) * loops

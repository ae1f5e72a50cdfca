# SPDX-License-Identifier: Apache-2.0
"""The numbers that have a limit."""


class Verdicts:
    def __init__(self):
        self.rows = []

    def at_least(self, what, value, limit):
        self.rows.append((what, value, "at least", limit, value >= limit))

    def below(self, what, value, limit):
        self.rows.append((what, value, "below", limit, value < limit))

    def report(self):
        """Prints them all; how many miss their limit."""
        for what, value, bound, limit, kept in self.rows:
            print(f"{'ok    ' if kept else 'MISSED'}  {what}: {value:,.2f}, {bound} {limit}")
        return sum(not row[-1] for row in self.rows)

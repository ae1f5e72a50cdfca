# SPDX-License-Identifier: Apache-2.0
"""What the logs of the processes say about a crash."""
import os
import re

CHECK = re.compile(r"^(?:\.\./)*(\S+:\d+): check failed: (.*)")
SPEAKERS = [
    ("a sanitizer spoke", re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|CHECK failed")),
    ("the C library found memory broken", re.compile(r"stack smashing|buffer overflow detected|double free|corrupted")),
]


def crash_in(text):
    """The first crash that a log tells of, as a sentence; None when there is none. Lines of JSON are the log proper."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("{"):
            continue
        failed = CHECK.match(line)
        if failed:
            return f"check failed: {failed[1]}: {failed[2]}"
        for speaker, pattern in SPEAKERS:
            if pattern.search(line):
                return f"{speaker}:\n" + "\n".join(lines[at:at + 30])
    return None


def crashes(folder):
    """["process: what crashed it"] out of a folder of logs; the stores' logs are not looked at."""
    found = []
    for file in sorted(os.listdir(folder)):
        if file.startswith(("postgres", "redis")):
            continue
        with open(f"{folder}/{file}", errors="replace", encoding="utf-8") as log:
            crash = crash_in(log.read())
        if crash:
            found.append(f"{file.removesuffix('.log')}: {crash}")
    return found

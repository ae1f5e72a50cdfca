# SPDX-License-Identifier: Apache-2.0
"""What processes cost: CPU time, memory."""
import collections
import os
import pathlib
import re


def cpu_seconds(pid):
    """CPU time of all threads of a process."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def postgres_seconds(pid):
    """CPU time of a server: of its processes, and of those that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    total = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    for process in (str(pid), *pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        try:
            total += cpu_seconds(process)
        except FileNotFoundError:
            pass  # ended just now
    return total


def memory_mb(pids):
    """Resident and proportional memory of some processes."""
    sums = collections.Counter()
    for pid in pids:
        for key, kib in re.findall(r"^([RP]ss):\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M):
            sums[key] += int(kib) / 1024
    return sums["Rss"], sums["Pss"]

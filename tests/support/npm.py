# SPDX-License-Identifier: Apache-2.0
"""Packages of npm, as a folder's package-lock.json pins them."""
import pathlib
import subprocess


def npm_ci(folder):
    """Once for each lock file: a run that was cut off leaves no mark behind, and is made again."""
    lock, mark = pathlib.Path(folder, "package-lock.json"), pathlib.Path(folder, "node_modules", ".installed")
    if mark.exists() and mark.read_text() == lock.read_text():
        return
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    assert not done.returncode, done.stdout
    mark.write_text(lock.read_text())

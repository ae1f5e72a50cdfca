#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the rows of commands make: help, completion scripts, the manual page, listings as JSON. Nothing has to run.

    help_test.py STOA
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

STOA = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="stoa-help-")


def run(*words, status=0, stdin=None):
    done = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60, input=stdin,
                          env={**{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DB_HOST")}})
    assert done.returncode == status, (words, done)
    return done


def stoa(*words, status=0):
    return run(STOA, *words, status=status)


def command_names():
    return re.findall(r"^  (\S+) ", stoa("help").stdout, re.M)


def check_help():
    names = command_names()
    assert {"up", "dead", "completion", "man", "help"} <= set(names)
    for name in names:
        text = stoa("help", name).stdout
        assert text.startswith(f"usage: stoa {name}") and re.search(r"\nExample:\n  .*stoa ", text), text
        assert stoa(name, "--help").stdout == text == stoa(name, "-h").stdout
        assert len(text) < 1500, "one command's help, not all"
    assert "discard ID" in stoa("dead", "list", "--help").stdout
    assert "no such command" in stoa("help", "nothing", status=2).stderr
    assert "no such command" in stoa("nothing", "--help", status=2).stderr
    assert "--services" in stoa("run", "worker", "--help").stdout, "the help of the app"


def check_each_option_exists():
    """Misused, so that nothing runs."""
    for name in command_names():
        for option, value in re.findall(r"^  --([a-z-]+)( \S+)? ", stoa("help", name).stdout, re.M):
            done = stoa(name, f"--{option}", status=2) if value.strip() else stoa(name, f"--{option}=x", status=2)
            assert ("needs a value" if value.strip() else "takes no value") in done.stderr, done


def bash_choices(*words):
    line = " ".join(f"'{word}'" for word in words)
    return run("bash", "-c", f"source <('{STOA}' completion bash); COMP_WORDS=(stoa {line}); COMP_CWORD={len(words)}; _stoa; "
                             'echo "${COMPREPLY[@]}"').stdout.split()


def check_completion():
    names = command_names()
    assert bash_choices("") == names
    assert bash_choices("do") == ["down", "doctor"]
    assert bash_choices("dead", "") == ["list", "show", "replay", "discard", "--json", "--help"]
    assert bash_choices("up", "--no") == ["--no-seed", "--no-gateway"]
    assert bash_choices("run", "w") == ["worker"]
    assert bash_choices("help", "") == [*names, "--help"]
    for shell in ("zsh", "fish"):
        script = stoa("completion", shell).stdout
        assert all(name in script for name in names) and "port-base" in script
        if shutil.which(shell):
            run(shell, "-n", stdin=script)
    assert "takes bash, zsh or fish" in stoa("completion", "csh", status=2).stderr


def check_man():
    page = stoa("man").stdout
    assert all(f".SS stoa {name}" in page for name in command_names())
    if shutil.which("groff"):
        done = run("groff", "-man", "-Tascii", "-ww", stdin=page)
        assert "--port-base" in re.sub("\x1b\\[[0-9;]*m|.\x08", "", done.stdout) and not done.stderr, done.stderr


def check_json():
    rows = [json.loads(line) for line in stoa("config", "--json").stdout.splitlines()]
    kinds = {row["variable"]: row["kind"] for row in rows}
    assert kinds["DATABASE_URL"] == "postgres" and kinds["STOA_CORS_ORIGINS"] == "origins" and kinds["STOA_MAIL_FROM"] == "email"
    assert {"postgres", "redis", "networks", "url"} <= set(re.findall(r"\w+", stoa("config").stdout))
    rows = [json.loads(line) for line in stoa("permissions", "--json").stdout.splitlines()]
    assert all(row["name"] and row["meaning"] and isinstance(row["roles"], list) for row in rows) and len(rows) > 10
    assert stoa("status", "--json", status=1).stdout == ""


try:
    check_help()
    check_each_option_exists()
    check_completion()
    check_man()
    check_json()
finally:
    shutil.rmtree(FOLDER)

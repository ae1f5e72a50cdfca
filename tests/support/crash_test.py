#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is read out of a log."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from support.crash import crash_in, crashes  # noqa: E402

START = '{"level":"info","message":"started; double free"}\n'


class Crash(unittest.TestCase):
    def test_a_failed_check_is_told_as_one(self):
        log = START + "../packages/service/routes.c:13: check failed: route->method < HTTP_METHOD_COUNT\n"
        self.assertEqual(crash_in(log), "check failed: packages/service/routes.c:13: route->method < HTTP_METHOD_COUNT")

    def test_a_sanitizer_is_told_with_what_follows(self):
        crash = crash_in(START + "==7==ERROR: AddressSanitizer: heap-use-after-free\n#0 main\n")
        self.assertEqual(crash, "a sanitizer spoke:\n==7==ERROR: AddressSanitizer: heap-use-after-free\n#0 main")

    def test_broken_memory(self):
        self.assertEqual(crash_in("double free or corruption\n").splitlines()[0], "the C library found memory broken:")

    def test_nothing(self):
        self.assertIsNone(crash_in(START + "ended\n"))

    def test_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"worker.log": "a.c:1: check failed: x", "postgres.log": "corrupted", "cron.log": START}.items():
                with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
            self.assertEqual(crashes(folder), ["worker: check failed: a.c:1: x"])


unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The mail spool as the owners of the addresses see it: messages, and the secrets in them."""
import email
import email.policy
import os
import re

from support.stack import wait_until


def spool(stack):
    return f"{stack.folder}/mail"


def letters(stack, to=None, subject=None):
    """Messages in the order they were asked for, parsed strictly; of one recipient and subject, or all."""
    found = []
    for name in sorted(os.listdir(spool(stack))) if os.path.isdir(spool(stack)) else []:
        if name.startswith("."):
            continue
        with open(f"{spool(stack)}/{name}", "rb") as file:
            message = email.message_from_bytes(file.read(), policy=email.policy.default)
        message.file_name = name
        if to in (None, str(message["To"])) and (subject is None or subject in message["Subject"]):
            found.append(message)
    return found


def wait_letter(stack, to, subject, nth=1):
    """The nth message of that subject to an address, as soon as it is there."""
    return wait_until(f"mail no. {nth} to {to}: {subject}", lambda: letters(stack, to, subject)[nth - 1:nth])[0]


def token_of(message):
    return re.search(r"^    ([A-Za-z0-9_-]{43})\r?$", message.get_content(), re.M).group(1)


def code_of(message):
    return re.search(r"^    ([0-9]{6})\r?$", message.get_content(), re.M).group(1)


def wait_settled(stack):
    """Until nothing that was asked for is on its way any more."""
    wait_until("all mail to be settled",
               lambda: stack.value("SELECT count(*) FROM accounts.mail WHERE settled_at IS NULL") == 0)

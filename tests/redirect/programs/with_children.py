"""Processes that this one starts, in several ways: each asks by itself."""

import multiprocessing
import os
import subprocess
import sys
import urllib.request
from typing import Any

host, path = sys.argv[1:3]


def ask(way: str) -> None:
    with urllib.request.urlopen(f"https://{host}{path}?way={way}", timeout=10) as answer:
        answer.read()


def start(method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    child = context.Process(target=ask, args=(method,))
    child.start()
    child.join()


if __name__ == "__main__":
    program = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10)"
    start("fork")
    start("spawn")
    command = [sys.executable, "-c", program, f"https://{host}{path}?way="]
    subprocess.run([*command[:3], command[3] + "subprocess"], check=True)
    subprocess.run([*command[:3], command[3] + "empty"], env={}, check=True)
    os.execve(sys.executable, [*command[:3], command[3] + "exec"], {})

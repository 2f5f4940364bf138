"""Starts Pythons after it has changed its own environment, in ways that inherit it."""

import multiprocessing
import os
import pty
import shlex
import sys
from collections.abc import Callable
from typing import Any

PROGRAM = "import socket; socket.create_connection(('api.bybit.com', 443), timeout=5)"
COMMAND = [sys.executable, "-c", PROGRAM]


def change() -> None:
    for name in list(os.environ):
        if name not in ("PATH", "HOME"):
            del os.environ[name]
    os.environ["PYTHONPATH"] = "."


def forked(work: Callable[[], object]) -> None:
    child = os.fork()
    if child == 0:
        os.close(2)
        change()
        work()
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    forked(lambda: os.execv(COMMAND[0], COMMAND))
    forked(lambda: os.execlp(COMMAND[0], *COMMAND))
    forked(lambda: os.system(shlex.join(COMMAND)))
    forked(lambda: os.spawnv(os.P_WAIT, COMMAND[0], COMMAND))
    forked(lambda: os.spawnve(os.P_WAIT, COMMAND[0], COMMAND, {}))
    forked(lambda: pty.spawn(COMMAND))
    change()
    for method in ("spawn", "forkserver"):
        context: Any = multiprocessing.get_context(method)
        child = context.Process(target=exec, args=(PROGRAM,))
        child.start()
        child.join()

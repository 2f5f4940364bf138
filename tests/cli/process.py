"""A real `utabox serve`, and commands run as a user would; both bounded in time."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from click.testing import CliRunner, Result

from utabox.cli import main

WAIT_S = 15.0
UTABOX = (sys.executable, "-m", "utabox")


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's, without its settings of utabox, and with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UTABOX_")}
    folders = {"XDG_STATE_HOME": str(home / "state"), "XDG_DATA_HOME": str(home / "share")}
    return kept | {"HOME": str(home)} | folders | more


class Serving:
    """`utabox serve` on a free port, until the block ends.

    Args:
        home: Where its files and its output are.
        prefix: A command that starts it, such as one that sets a limit first.
    """

    def __init__(
        self,
        home: Path,
        *options: str,
        prefix: tuple[str, ...] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.out, self.err = home / "serve.out", home / "serve.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                (*prefix, *UTABOX, "serve", "--port", "0", *options),
                stdout=out,
                stderr=err,
                env=environment(home, **(settings or {})),
            )

    def __enter__(self) -> Self:
        self.await_output(re.compile(r"http://[0-9.:]+"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait(WAIT_S)

    @property
    def url(self) -> str:
        return self.await_output(re.compile(r"http://[0-9.:]+"))

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def token_file(self) -> Path:
        return self.home / "state" / "utabox" / "servers" / f"{self.port}.json"

    def await_output(self, pattern: re.Pattern[str]) -> str:
        """The first match in what it prints; waits for it."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            found = pattern.search(self.out.read_text("utf-8"))
            if found:
                return found[0]
            assert self.process.poll() is None, self.err.read_text("utf-8")
            time.sleep(0.01)
        raise AssertionError(f"{pattern.pattern} is not in {self.out.read_text('utf-8')}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


class Cli:
    """Commands of one user.

    Args:
        url: The server that they talk to.
    """

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url

    def __call__(self, *arguments: str, **settings: str) -> Result:
        """Run one command in this process."""
        unset: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("UTABOX_")
        }
        env = unset | environment(self.home, UTABOX_URL=self.url, **settings)
        return CliRunner().invoke(main, arguments, env=env, prog_name="utabox")


def run(
    home: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run one command in a process of its own."""
    return subprocess.run(
        (*prefix, *UTABOX, *arguments),
        env=environment(home, **(settings or {})),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def on_terminal(home: Path, *arguments: str, **settings: str) -> str:
    """What a command writes to a terminal."""
    leader, follower = os.openpty()
    environ = environment(home, TERM="xterm", **settings)
    written = b""
    with subprocess.Popen((*UTABOX, *arguments), stdout=follower, env=environ) as process:
        os.close(follower)
        with suppress(OSError):  # Linux says EIO when the other end is closed
            while part := os.read(leader, 65536):
                written += part
        os.close(leader)
        assert process.wait(WAIT_S) == 0
    return written.decode()

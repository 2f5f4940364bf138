"""Programs that a test runs or starts, and what they printed: for the report of a failure."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from typing import IO, Any

from utabox.pytest_plugin.control import says_it_all

__tracebackhide__ = says_it_all

TOLD_MAX = 5
"""Programs; of more the newest."""
TAIL_MAX = 4_000
"""Characters of what one printed, from its end."""
COMMAND_MAX = 300

Printed = str | bytes | None
"""None: it went elsewhere."""


class Program(subprocess.Popen[Any]):
    """A program that goes on while the test does. It prints into files, so that it never waits for
    somebody to read that.

    Args:
        options: Of `subprocess.Popen`; where they say where it prints, that holds.
    """

    def __init__(self, argv: list[str], options: Mapping[str, Any]) -> None:
        self._printed: dict[str, IO[bytes] | str] = {
            stream: TemporaryFile()  # noqa: SIM115  it is there as long as the program
            for stream in ("stdout", "stderr")
            if stream not in options
        }
        try:
            super().__init__(argv, **{**self._printed, **options})
        except BaseException:
            self._close()
            raise

    @property
    def out(self) -> str:
        """What it has printed until now."""
        return self._text("stdout")

    @property
    def err(self) -> str:
        """What it has printed to stderr until now."""
        return self._text("stderr")

    @property
    def told(self) -> tuple[Printed, Printed]:
        """Both, as far as they are known."""
        return (
            self.out if "stdout" in self._printed else None,
            self.err if "stderr" in self._printed else None,
        )

    def end(self) -> None:
        """See that it has ended, and close its files; what it has printed stays known."""
        if self.poll() is None:
            self.terminate()
            try:
                self.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        with self:
            self._close()

    def _text(self, stream: str) -> str:
        printed = self._printed.get(stream, "")
        if isinstance(printed, str):
            return printed
        file = printed.fileno()  # read at a place of our own: the program's is at the end
        return os.pread(file, os.fstat(file).st_size, 0).decode("utf-8", "replace")

    def _close(self) -> None:
        for stream, file in self._printed.items():
            if not isinstance(file, str):
                self._printed[stream] = self._text(stream)
                file.close()


class Programs:
    """The programs of one venue, the newest last."""

    def __init__(self) -> None:
        self._ran: list[str] = []
        self._started: list[tuple[str, Program]] = []

    def run(
        self, asked: Sequence[str], argv: list[str], check: bool, options: Mapping[str, Any]
    ) -> subprocess.CompletedProcess[Any]:
        """Run one to its end.

        Args:
            asked: As the test wrote it.
            argv: The same under redirection.
        Raises:
            FileNotFoundError, TimeoutExpired, CalledProcessError: as of `subprocess.run`, and of
                what was asked.
        """
        _require(asked[0], options)
        try:
            done = subprocess.run(argv, check=False, **options)
        except subprocess.TimeoutExpired as late:
            silent = "" if options.get("capture_output") else None
            out, err = late.stdout or silent, late.stderr or silent
            self._ran.append(_shown(asked, f"killed after {late.timeout:g} s", out, err))
            raise subprocess.TimeoutExpired(
                list(asked), late.timeout, late.stdout, late.stderr
            ) from None
        code, out, err = done.returncode, done.stdout, done.stderr
        self._ran.append(_shown(asked, f"exit code {code}", out, err))
        if check and code:
            raise subprocess.CalledProcessError(code, list(asked), out, err)
        return done

    def start(self, asked: Sequence[str], argv: list[str], options: Mapping[str, Any]) -> Program:
        """Start one that goes on.

        Raises:
            FileNotFoundError: there is none of this name.
        """
        _require(asked[0], options)
        program = Program(argv, options)
        self._started.append((_command(asked), program))
        return program

    def forget(self) -> None:
        """Tell no more of those that have ended."""
        self._ran.clear()
        self._started = [each for each in self._started if each[1].poll() is None]

    @property
    def told(self) -> str:
        """The end of what each printed; empty where there was none."""
        return "\n\n".join([*self._ran, *self._running()][-TOLD_MAX:])

    def _running(self) -> Iterator[str]:
        for command, program in self._started:
            code = program.poll()
            ended = "still running" if code is None else f"exit code {code}"
            yield _report(command, ended, *program.told)


def _require(name: str, options: Mapping[str, Any]) -> None:
    """See that there is such a program: `utabox run`, which is there, could only say 127."""
    environment = options.get("env") or os.environ
    if "/" in name:
        is_there = Path(options.get("cwd") or ".", name).exists()
    else:
        is_there = which(name, os.F_OK, environment.get("PATH", os.defpath)) is not None
    if not is_there:
        advice = "check its path" if "/" in name else "check its name, or your PATH"
        raise FileNotFoundError(errno.ENOENT, f"There is no such program, {advice}", name)


def _shown(asked: Sequence[str], ended: str, out: Printed, err: Printed) -> str:
    return _report(_command(asked), ended, out, err)


def _command(asked: Sequence[str]) -> str:
    command = shlex.join(asked)
    return command if len(command) <= COMMAND_MAX else f"{command[:COMMAND_MAX]}..."


def _report(command: str, ended: str, out: Printed, err: Printed) -> str:
    parts = [f"$ {command}  ({ended})"]
    for stream, printed in (("stdout", out), ("stderr", err)):
        if printed is None:
            parts.append(f"{stream}: not kept, it went elsewhere")
        elif printed:
            parts.append(_tail(stream, printed))
        else:
            parts.append(f"{stream}: nothing")
    return "\n".join(parts)


def _tail(stream: str, printed: str | bytes) -> str:
    text = printed.decode("utf-8", "replace") if isinstance(printed, bytes) else printed
    cut = f" (the last {TAIL_MAX} of {len(text)} characters)" if len(text) > TAIL_MAX else ""
    return f"{stream}:{cut}\n{text[-TAIL_MAX:].rstrip()}"

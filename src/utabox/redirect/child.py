"""A program as a child that behaves as if it had been started directly: stdio, signals, exit code.

The main thread does nothing but wait for signals, which are blocked in all threads: so there is no
moment in which one is lost or ends this process before the child.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import Self

FORWARDED = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGTSTP,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
)
HARMLESS = (signal.SIGTSTP, signal.SIGWINCH)
"""Those of them that end no program that does not handle them."""
TERMINALS_OWN = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH)
"""What a terminal sends to its whole foreground group, the child included."""
JOB_CONTROL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
"""By which a program stops in favour of its shell. SIGSTOP is of somebody who wants it alone to
stop, and may let it go on alone."""

NOT_FOUND, NOT_EXECUTABLE = 127, 126
PR_SET_PDEATHSIG = 1

# The child ends with us even if we are killed. It is looked up now: not between fork and exec.
_prctl: Callable[..., int] | None = None
if sys.platform == "linux":
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        _prctl = ctypes.CDLL(None).prctl


class NotStarted(Exception):
    """The program cannot be started. One sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class Supervisor:
    """Blocks the signals that are to reach the child, until the block ends.

    Enter it on the main thread before any other thread is started: they inherit what is blocked.
    Signals that were ignored stay ignored, by us and by the child (`nohup`).
    """

    def __init__(self) -> None:
        self._forwarded = [
            number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN
        ]
        self._awaited = [signal.SIGCHLD, *self._forwarded]
        if signal.getsignal(signal.SIGCONT) is not signal.SIG_IGN:
            self._awaited.append(signal.SIGCONT)
        self._before: set[Signals | int] = set()
        self._handlers: dict[Signals, object] = {}

    def __enter__(self) -> Self:
        for number in self._awaited:
            # A handler that does nothing: what is handled is kept while it is blocked, what is
            # ignored by default (SIGCHLD) need not be. In the child exec takes it away.
            self._handlers[number] = signal.signal(number, lambda *_: None)
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, self._awaited)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def run(
        self, argv: Sequence[str], environment: Mapping[str, str], fds: Sequence[int] = ()
    ) -> int:
        """Run a program to its end.

        It inherits what we have inherited (`<(...)`, a jobserver, Node's `ipc`).

        Args:
            fds: Descriptors of ours that it inherits as well.
        Returns:
            Its exit code; minus the number of the signal that ended it.
        Raises:
            NotStarted: there is no such program, or it is none.
        """
        if ended := self._ended_before():
            return -ended
        child = self._start(argv, environment, fds)
        try:
            while child.poll() is None:
                self._await_signal(child)
        finally:
            if child.returncode is None:  # a bug of ours may not leave it behind
                child.kill()
                child.wait()
        return child.returncode

    def _await_signal(self, child: subprocess.Popen[bytes]) -> None:
        number, from_terminal = _next_signal(self._awaited)
        if number == signal.SIGCHLD:
            if _stopped_by(child) in JOB_CONTROL and _in_foreground():
                self._stop_with(child)
        elif number == signal.SIGCONT:
            _let_go_on(child)
        else:
            if not from_terminal:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    child.send_signal(number)
            if number == signal.SIGTSTP:
                self._stop_with(child)

    def _ended_before(self) -> int:
        """A signal that came before the program was there, and ends it; 0: none. It would have had
        no handler yet, and of what the terminal sent it would never hear."""
        for number in set(self._forwarded).intersection(signal.sigpending()):
            signal.sigwait([number])
            if number == signal.SIGTSTP:
                self._stand_still()
            elif number not in HARMLESS:
                return number
        return 0

    def _stop_with(self, child: subprocess.Popen[bytes]) -> None:
        self._stand_still()
        if signal.SIGCONT in signal.sigpending():  # else the kernel dropped what was to stop us
            _let_go_on(child)  # it may have come to us alone

    def _stand_still(self) -> None:
        """Stop as the child does, until SIGCONT: by the same signal, which the kernel drops for
        both where nobody could let them go on (an orphaned process group)."""
        ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTSTP])
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTSTP])
        signal.signal(signal.SIGTSTP, ours)

    def _start(
        self, argv: Sequence[str], environment: Mapping[str, str], fds: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        before, parent = self._before, os.getpid()

        def in_the_child() -> None:
            if _prctl is not None:
                _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)
            for fd in fds:
                os.set_inheritable(fd, True)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

        try:
            return subprocess.Popen(
                list(argv), env=dict(environment), close_fds=False, preexec_fn=in_the_child
            )
        except OSError as error:
            raise not_started(argv[0], error) from error
        except ValueError as error:
            raise NotStarted(NOT_FOUND, f"{argv[0]!r} names no program: {error}.") from error


def die_like(returncode: int) -> int:
    """The exit code that says how the child ended; or, if a signal ended it, end by it as well.

    Returns:
        The code to exit with.
    """
    if returncode >= 0:
        return returncode
    number = -returncode
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core of ours would mislead
    with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    return 128 + number  # such as a signal that a debugger swallowed


def _next_signal(awaited: Sequence[int]) -> tuple[int, bool]:
    """The next signal, and whether the terminal sent it: then the child has it already."""
    if sys.platform == "darwin":  # which tells no sender
        number = signal.sigwait(awaited)
        return number, number in TERMINALS_OWN and _in_foreground()
    info = signal.sigwaitinfo(awaited)
    # A code above zero is the kernel's (SI_KERNEL): the terminal. Of SIGHUP, too: it goes to the
    # session's leader first, and from a leader that ends to the foreground group.
    return info.si_signo, info.si_code > 0 and info.si_signo in TERMINALS_OWN


def _in_foreground() -> bool:
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(descriptor) == os.getpgrp()
    return False


def _stopped_by(child: subprocess.Popen[bytes]) -> int:
    """The signal by which it stands still; 0: it does not, or nobody tells (macOS)."""
    if not hasattr(os, "waitid"):
        return 0
    with contextlib.suppress(ChildProcessError):  # it has ended
        stopped = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
        return stopped.si_status if stopped is not None else 0
    return 0


def _let_go_on(child: subprocess.Popen[bytes]) -> None:
    if _stopped_by(child) or not hasattr(os, "waitid"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            child.send_signal(signal.SIGCONT)


def not_started(name: str, error: OSError) -> NotStarted:
    """What an error of exec says of the program `name`."""
    if not name:
        return NotStarted(NOT_FOUND, "The program's name is empty: name one after the dashes.")
    if isinstance(error, PermissionError) and Path(name).is_dir():
        return NotStarted(NOT_EXECUTABLE, f"{name} is a folder: name a program in it.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if "/" in name and Path(name).exists():
            return NotStarted(
                NOT_FOUND,
                f"{name} cannot be run: the interpreter in its first line is not there; check "
                "that line.",
            )
        where = "check its path" if "/" in name else "check its name, or your PATH"
        return NotStarted(NOT_FOUND, f"There is no program {name!r}: {where}.")
    if isinstance(error, PermissionError):
        return NotStarted(
            NOT_EXECUTABLE,
            f"{name} may not be run: make it executable with chmod +x, or name its interpreter "
            "before it, as in `utabox run -- python bot.py`.",
        )
    reason = (error.strerror or str(error)).rstrip(".")
    return NotStarted(
        NOT_EXECUTABLE,
        f"{name} cannot be run ({reason}): name its interpreter before it, as in `utabox run -- "
        "python bot.py`.",
    )

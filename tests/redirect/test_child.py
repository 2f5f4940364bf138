"""The program as a child: what it inherits, how it stops and goes on, and a Ctrl-C before it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.process import UTABOX, WAIT_S, environment, run

from utabox.redirect.child import Supervisor
from utabox.redirect.isolate import why_not

REFUSED = why_not()
PYTHON = sys.executable

WAYS = [
    (),
    ("--data", "kept"),
    pytest.param(
        ("--isolate",),
        marks=pytest.mark.skipif(REFUSED is not None, reason=f"No network here: {REFUSED}"),
    ),
]
LISTED = "import json, os; print(json.dumps(sorted(os.listdir('/proc/self/fd'))))"


# --- descriptors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_descriptors_are_inherited_and_none_of_ours(way: tuple[str, ...], tmp_path: Path) -> None:
    """Those that were open, under their numbers, and no socket, file or journal of utabox."""
    reader, writer = os.pipe()
    os.write(writer, b"hello\n")
    os.close(writer)
    there = fcntl.fcntl(reader, fcntl.F_DUPFD, 100)
    direct, led = (
        subprocess.run(
            (*started, PYTHON, "-c", f"{LISTED}; print(os.read({there}, 3))"),
            pass_fds=(there,),
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        ).stdout.splitlines()
        for started in ((), (*UTABOX, "run", *way, "--"))
    )
    os.close(reader)
    os.close(there)
    assert str(there) in json.loads(direct[0])
    assert (json.loads(led[0]), led[1]) == (json.loads(direct[0]), "b'lo\\n'")


@pytest.mark.parametrize("way", WAYS)
def test_what_a_shell_puts_into_a_descriptor_can_be_read(
    way: tuple[str, ...], tmp_path: Path
) -> None:
    """`<(...)` names /dev/fd/63."""
    done = subprocess.run(
        ("bash", "-c", '"$@" cat <(echo hello)', "-", *UTABOX, "run", *way, "--"),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert (done.stdout, done.stderr) == ("hello\n", "")


def test_a_child_of_node_can_talk_to_it(tmp_path: Path) -> None:
    """By the descriptor that `ipc` makes."""
    parent = (
        "const [command, ...given] = process.argv.slice(1);"
        "const child = require('child_process')"
        ".spawn(command, given, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });"
        "child.on('message', (said) => { console.log(said); child.disconnect(); });"
    )
    program = ("node", "-e", "process.send('hello')")
    done = subprocess.run(
        ("node", "-e", parent, "--", *UTABOX, "run", "--", *program),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert (done.stdout, done.stderr) == ("hello\n", "")


# --- stopping -------------------------------------------------------------------------------------

TICKS = """
import os, signal, time
signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"on\\n"))
os.write(1, b"%d\\n" % os.getpid())
while True:
    time.sleep(60)
"""

# A shell that does nothing but job control: it starts its arguments as the terminal's foreground
# group, says when that stops, lets it go on by SIGCONT to whom is said on stdin, and says its end.
SHELL = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
terminal = os.open(os.ttyname(2), os.O_RDWR)
def to_the_front():
    os.setpgid(0, 0)
    os.tcsetpgrp(2, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
job = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, preexec_fn=to_the_front)
while True:
    _, status = os.waitpid(job.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        print("ended", os.waitstatus_to_exitcode(status), flush=True)
        break
    print("stopped", flush=True)
    (os.kill if input() == "alone" else os.killpg)(job.pid, signal.SIGCONT)
"""


def until(holds: Callable[[], bool]) -> None:
    """Wait for it, within a time."""
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)


def state_of(pid: int) -> str:
    """S: it sleeps, T: it is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


@contextmanager
def piped(command: tuple[str, ...], home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(home), process_group=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_stopped_program_goes_on_with_us(tmp_path: Path) -> None:
    """SIGCONT to `utabox run` is passed on to a program that stands still, and to no other."""
    with piped((*UTABOX, "run", "--", PYTHON, "-c", TICKS), tmp_path) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.kill(pid, signal.SIGSTOP)
        until(lambda: state_of(pid) == "T")
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGCONT)  # it runs
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == ""
        assert process.wait(WAIT_S) == -signal.SIGTERM


def test_who_stops_the_program_alone_finds_the_server_running(tmp_path: Path) -> None:
    """And may let it go on alone."""
    with piped((*UTABOX, "run", "--", PYTHON, "-c", TICKS), tmp_path) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.kill(pid, signal.SIGSTOP)
        until(lambda: state_of(pid) == "T")
        os.kill(pid, signal.SIGCONT)
        assert process.stdout.readline() == "on\n"
        assert state_of(process.pid) in "SR"
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == -signal.SIGTERM


@pytest.mark.parametrize("to", ["alone", "all"])
def test_a_program_that_stops_itself_gives_the_terminal_back(to: str, tmp_path: Path) -> None:
    """As an editor does, twice here: the shell sees its job stopped, and `fg` lets both go on."""
    stop = "os.kill(os.getpid(), signal.SIGTSTP)"
    program = f"import os, signal, time; {stop}; time.sleep(0.5); {stop}"
    leader, follower = os.openpty()
    with subprocess.Popen(
        (PYTHON, "-c", SHELL, *UTABOX, "run", "--", PYTHON, "-c", program),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environment(tmp_path),
        text=True,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(2), os.O_RDWR)),  # its terminal
    ) as shell:
        os.close(follower)
        try:
            said = shell.communicate(f"{to}\n{to}\n", WAIT_S)[0]
        finally:
            shell.kill()
    os.close(leader)
    assert said == "stopped\nstopped\nended 0\n"


# --- before the start -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_program_is_there_ends_the_run(number: int) -> None:
    """A terminal's Ctrl-C has not reached the program, which would never hear of it."""
    with Supervisor() as supervisor:
        signal.pthread_kill(threading.get_ident(), number)  # other threads may not block it
        assert supervisor.run(("touch", "/nonexistent/started"), {}) == -number


def test_a_change_of_the_window_ends_nothing(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        signal.pthread_kill(threading.get_ident(), signal.SIGWINCH)
        assert supervisor.run(("touch", str(tmp_path / "started")), dict(os.environ)) == 0
    assert (tmp_path / "started").exists()


def test_ctrl_c_while_it_starts_ends_it_by_the_signal(tmp_path: Path) -> None:
    """Not by click's "Aborted!" and a 1: once the command itself has begun."""
    wait = "import utabox.cli.stdio as s, time; s.open_what_is_closed = lambda: time.sleep(60)"
    begun = f"{wait}; from utabox.cli import main; print(flush=True); main(['run', 'true'])"
    with subprocess.Popen(
        (PYTHON, "-c", begun),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until(lambda: int(signals_of(process.pid, "SigCgt"), 16) & 2 == 0)  # ours no more
        process.send_signal(signal.SIGINT)
        assert (process.wait(WAIT_S), process.stderr and process.stderr.read()) == (-2, "")


def signals_of(pid: int, field: str) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[1] for line in status.splitlines() if line.startswith(field))


# --- what cannot be started -----------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("/tmp", 126, "/tmp is a folder"), ("", 127, "The program's name is empty")],
)
def test_what_is_no_program_is_called_by_its_name(
    way: tuple[str, ...], name: str, code: int, says: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "run", *way[:1] * (way == ("--isolate",)), "--", name)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert says in done.stderr


def test_no_room_for_files_is_a_sentence(tmp_path: Path) -> None:
    """As on a full disk: here by a limit of the size of files, which the bundle is beyond."""
    limited = ("bash", "-c", 'ulimit -f 64; exec "$@"', "-")
    done = run(tmp_path, "run", "--", "echo", "started", prefix=limited)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("utabox: There is no room for the files of this run")
    assert done.stderr.count("\n") == 1


def test_a_program_that_starts_others_elsewhere_is_told_of(tmp_path: Path) -> None:
    """At the start, unless --quiet was given."""
    (su := tmp_path / "su").write_text("#!/bin/sh\n")
    su.chmod(0o755)
    assert run(tmp_path, "run", "--", str(su)).stderr.startswith("utabox: su ")
    assert run(tmp_path, "run", "--quiet", "--", str(su)).stderr == ""

"""`Isolation`: a program in a network of its own, as the same user, in the same folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.process import run
from tests.redirect.inside import Inside, inside

from utabox.redirect.hosts import HOSTS
from utabox.redirect.isolate import NOT_EXECUTABLE, NOT_FOUND, Isolation, why_not

REFUSED = why_not()

pytestmark = pytest.mark.skipif(
    REFUSED is not None, reason=f"No network of a user's own here: {REFUSED}"
)


@pytest.fixture(scope="module")
def within() -> Iterator[Inside]:
    with inside() as within:
        yield within


@pytest.fixture
def isolation(within: Inside) -> Iterator[Isolation]:
    with Isolation(within.session.places, HOSTS) as isolation:
        yield isolation


def isolated(
    isolation: Isolation, *argv: str, stdin: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        isolation.argv(argv),
        pass_fds=isolation.fds,
        env={"PATH": os.environ["PATH"], "MARK": "kept"},
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def python(isolation: Isolation, program: str, stdin: str = "") -> str:
    """What a line of Python prints."""
    done = isolated(isolation, sys.executable, "-c", program, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_there_is_nothing_but_the_loopback_interface(isolation: Isolation) -> None:
    """No route, no other interface: nothing to leave by."""
    assert python(isolation, "import socket; print(socket.if_nameindex())") == "[(1, 'lo')]"


def test_all_documented_hosts_are_this_machine(isolation: Isolation) -> None:
    """By the hosts file, whoever reads it."""
    program = (
        "import socket, sys; print({socket.gethostbyname(h) for h in sys.stdin.read().split()})"
    )
    assert python(isolation, program, stdin=" ".join(HOSTS)) == "{'127.0.0.1'}"


def test_the_machine_itself_is_not_changed(isolation: Isolation) -> None:
    """The hosts file and the authorities are covered for the program alone."""
    before = Path("/etc/hosts").read_bytes()

    assert "api.bybit.com" in python(isolation, "print(open('/etc/hosts').read())")
    assert Path("/etc/hosts").read_bytes() == before


def test_the_servers_own_ports_are_there_inside(within: Inside, isolation: Isolation) -> None:
    """UTABOX_URL means what it says, and so does port 80 of a documented host."""
    program = "import sys, urllib.request as u; print(u.urlopen(sys.stdin.read()).status)"
    url = within.session.places.url

    assert python(isolation, program, stdin=f"{url}/v5/market/time") == "200"
    assert python(isolation, program, stdin="http://api.bybit.com/v5/market/time") == "200"


def test_another_port_of_the_machine_is_there_if_it_was_named(within: Inside) -> None:
    """A database that the program needs, for example; otherwise it is not."""
    program = "import socket, sys; print(socket.create_connection(('127.0.0.1', {})).recv(5))"
    with (
        socket.create_server(("127.0.0.1", 0)) as database,
        Isolation(within.session.places, HOSTS, also=[port := database.getsockname()[1]]) as also,
        Isolation(within.session.places, HOSTS) as without,
    ):
        child = subprocess.Popen(
            also.argv([sys.executable, "-c", program.format(port)]),
            pass_fds=also.fds,
            stdout=subprocess.PIPE,
        )
        taken, _ = database.accept()
        with taken:
            taken.sendall(b"hello")
        assert child.communicate(timeout=30)[0] == b"b'hello'\n"
        refused = isolated(without, sys.executable, "-c", program.format(port))
        assert "ConnectionRefusedError" in refused.stderr


def test_the_command_lets_a_named_port_in(tmp_path: Path) -> None:
    """`utabox run --isolate --port`, as often as there are ports."""
    program = (
        "import socket, sys\n"
        "for port in sys.argv[1:]: socket.create_connection(('127.0.0.1', int(port)))"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = [str(each.getsockname()[1]) for each in (one, two)]
        named = [option for port in ports for option in ("--port", port)]
        command = ("--", sys.executable, "-c", program, *ports)
        done = run(tmp_path, "run", "--isolate", *named, *command)
        assert (done.returncode, done.stderr) == (0, "")
        assert "refused" in run(tmp_path, "run", "--isolate", *command).stderr


def test_user_folder_environment_and_stdio_are_the_programs(
    isolation: Isolation, tmp_path: Path
) -> None:
    """As if it had been started directly."""
    done = isolated(
        isolation,
        "sh",
        "-c",
        'id -u; pwd; echo "$MARK"; cat; echo e >&2',
        stdin="in\n",
        cwd=tmp_path,
    )

    assert done.stdout == f"{os.geteuid()}\n{tmp_path}\nkept\nin\n"
    assert done.stderr == "e\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("kill -TERM $$", -15),
        ("kill -INT $$", -2),
        ("kill -PIPE $$", -13),
    ],
)
def test_exit_codes_and_signals_are_the_programs(
    isolation: Isolation, command: str, code: int
) -> None:
    """It is the process that was started: nothing stands between. No signal is left ignored."""
    assert isolated(isolation, "sh", "-c", command).returncode == code
    isolation.check()


@pytest.mark.parametrize(
    ("program", "code", "error"),
    [
        ("no-such-program", NOT_FOUND, FileNotFoundError),
        ("/etc/passwd", NOT_EXECUTABLE, PermissionError),
    ],
)
def test_what_is_no_program_is_told(
    isolation: Isolation, program: str, code: int, error: type[OSError]
) -> None:
    """By the code that shells use, and as the error of starting it directly."""
    assert isolated(isolation, program).returncode == code
    with pytest.raises(error):
        isolation.check()


def test_no_descriptor_of_ours_is_left_to_the_program(isolation: Isolation) -> None:
    """It has stdio, and the one with which it lists them."""
    assert python(isolation, "import os; print(sorted(os.listdir('/proc/self/fd')))") == (
        "['0', '1', '2', '3']"
    )


def test_a_connection_that_broke_leaves_the_next_alone(within: Inside) -> None:
    """Ended by a reset with an answer under way, over and over: each that follows is answered."""
    program = """
import socket, struct, sys, urllib.request
for _ in range(20):
    with socket.create_connection(("api.bybit.com", 80)) as broken:
        broken.sendall(b"GET /v5/market/instruments-info?category=linear HTTP/1.1\\r\\n")
        broken.sendall(b"Host: api.bybit.com\\r\\n\\r\\n")
        broken.recv(1)
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert urllib.request.urlopen("http://api.bybit.com/v5/market/time").status == 200
print("all")
"""
    with Isolation(within.session.places, HOSTS) as isolation:
        assert python(isolation, program) == "all"


def test_calls_over_tls_one_after_the_other(tmp_path: Path) -> None:
    """As a bot makes them that keeps no connection: OpenSSL ends many of them by a reset."""
    program = (
        "import urllib.request as u\n"
        "for _ in range(20): u.urlopen('https://api.bybit.com/v5/market/time')"
    )
    done = run(tmp_path, "run", "--isolate", "--", sys.executable, "-c", program)
    assert (done.returncode, done.stderr) == (0, "")

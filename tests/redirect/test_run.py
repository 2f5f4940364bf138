"""`utabox run`: the program behaves as if it had been started directly, but for where it calls."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.cli.process import UTABOX, WAIT_S, Serving, environment, run

from utabox.redirect.hosts import DOMAINS, HOSTS
from utabox.redirect.surroundings import LASTING

PYTHON = sys.executable
INFO = "https://api.bybit.com/v5/account/info"

# Prints "ready", then the number of each signal that comes; SIGTERM ends it with 7.
LISTENS = """
import os, signal, sys
def got(number, _):
    os.write(1, b"%d\\n" % number)
    if number == signal.SIGTERM:
        os._exit(7)
for number in (1, 2, 3, 10, 12, 15, 28):
    signal.signal(number, got)
os.write(1, b"ready %d\\n" % os.getpid())
while True:
    signal.pause()
"""

# A signed call with the standard library: KEY and SECRET are its arguments; prints the retCode.
CALLS = """
import hashlib, hmac, json, sys, time, urllib.request
key, secret, url = sys.argv[1:4]
now = str(int(time.time() * 1000))
sign = hmac.new(secret.encode(), (now + key + "5000").encode(), hashlib.sha256).hexdigest()
headers = {"X-BAPI-API-KEY": key, "X-BAPI-TIMESTAMP": now, "X-BAPI-SIGN": sign,
           "X-BAPI-RECV-WINDOW": "5000"}
with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
    print(json.load(answer)["retCode"])
"""


@contextmanager
def started(home: Path, *command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """`utabox run` with its stdout to be read; killed at the end if it is still there."""
    with subprocess.Popen(
        (*UTABOX, "run", *command),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home),
        **options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def state_of(pid: int) -> str:
    """R: it runs, S: it sleeps, T: it is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def line_of(process: subprocess.Popen[str]) -> str:
    """Its next line, within a time; past the buffer, which may hold the line after it."""
    assert process.stdout is not None
    read = b""
    while not read.endswith(b"\n"):
        assert select.select([process.stdout], [], [], WAIT_S)[0], "it says nothing"
        piece = os.read(process.stdout.fileno(), 1)
        if not piece:
            break
        read += piece
    return read.decode().strip()


def until_line(terminal: int, pattern: bytes) -> list[bytes]:
    """The lines that a terminal shows, up to the first that fits."""
    lines: list[bytes] = []
    while not (lines and re.fullmatch(pattern, lines[-1])):
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([terminal], [], [], WAIT_S)[0], f"it says {lines}, {line!r}"
            line += os.read(terminal, 1)
        lines.append(line.strip())
    return lines


def ends(pid: int) -> bool:
    """Whether the process ends within a time."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], WAIT_S)[0])
    finally:
        os.close(descriptor)


def call(home: Path, *options: str, key: str, secret: str, url: str = INFO, **settings: str) -> str:
    """What the signed call was answered: its retCode; then what `run` told in its first line."""
    program = ("--", PYTHON, "-c", CALLS, key, secret, url)
    done = run(home, "run", *options, *program, settings=settings)
    return f"{done.stdout.strip()} {done.stderr.partition(chr(10))[0]}".strip()


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (("true",), 0),
        (("false",), 1),
        (("sh", "-c", "exit 42"), 42),
        (("sh", "-c", "exit 255"), 255),
        (("sh", "-c", "kill -TERM $$"), -signal.SIGTERM),
        (("sh", "-c", "kill -KILL $$"), -signal.SIGKILL),
        (("sh", "-c", "kill -INT $$"), -signal.SIGINT),
        (("sh", "-c", "kill -SEGV $$"), -signal.SIGSEGV),
        (("no-such-program",), 127),
        (("./no-such-program",), 127),
        (("/etc/passwd",), 126),
        (("/etc",), 126),
    ],
)
def test_the_end_is_the_programs(program: tuple[str, ...], code: int, tmp_path: Path) -> None:
    """Its exit code; the signal that ended it; and 126 or 127, as of a shell."""
    assert run(tmp_path, "run", "--", *program).returncode == code


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("no-such-program", None, "There is no program 'no-such-program'"),
        ("./bot.py", "print()", "chmod +x"),
        ("./bot", "#!/no/such/interpreter\n", "interpreter in its first line"),
    ],
)
def test_a_program_that_cannot_be_started(
    name: str, text: str | None, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that says what to do."""
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(name).write_text(text)
        Path(name).chmod(0o755 if text.startswith("#!") else 0o644)
    said = run(tmp_path, "run", "--", name).stderr
    assert says in said
    assert said.count("\n") == 1


def test_stdio_and_folder_are_the_programs(tmp_path: Path) -> None:
    """Nothing of ours is in them."""
    done = subprocess.run(
        (*UTABOX, "run", "--", "sh", "-c", "pwd; cat; echo oops >&2"),
        input="typed\n",
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert (done.stdout, done.stderr) == (f"{tmp_path.resolve()}\ntyped\n", "oops\n")


def test_options_after_the_program_are_its_own(tmp_path: Path) -> None:
    """Also without the dashes."""
    assert run(tmp_path, "run", "echo", "--quiet", "--url").stdout == "--quiet --url\n"


# --- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3, 10, 12, 28])
def test_signals_are_passed_on(number: int, tmp_path: Path) -> None:
    """Once each; what the program makes of them is its affair."""
    with started(tmp_path, "--", PYTHON, "-c", LISTENS) as process:
        assert line_of(process).startswith("ready")
        process.send_signal(number)
        assert line_of(process) == str(number)
        process.send_signal(signal.SIGTERM)
        assert line_of(process) == str(int(signal.SIGTERM))
        assert process.wait(WAIT_S) == 7


def test_a_signal_that_the_program_does_not_handle_ends_both(tmp_path: Path) -> None:
    with started(tmp_path, "--", "sh", "-c", "echo ready; exec tail -f /dev/null") as process:
        assert line_of(process) == "ready"
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == -signal.SIGTERM


def test_ctrl_c_reaches_the_program_once(tmp_path: Path) -> None:
    """From the terminal, which sends it to both; the program may go on."""
    leader, follower = os.openpty()
    with subprocess.Popen(
        (*UTABOX, "run", "--", PYTHON, "-c", LISTENS),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment(tmp_path),
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # its terminal
    ) as process:
        os.close(follower)
        ready = until_line(leader, rb"ready \d+")
        os.write(leader, b"\x03")
        interrupted = until_line(leader, rb"(\^C)?2")
        process.send_signal(signal.SIGTERM)
        ended = until_line(leader, rb"15")
        assert process.wait(WAIT_S) == 7
    os.close(leader)
    assert [len(each) for each in (ready, interrupted, ended)] == [1, 1, 1]


def test_a_stop_is_passed_on(tmp_path: Path) -> None:
    """SIGTSTP to us alone stops both, and SIGCONT lets both go on."""
    program = LISTENS.replace("12, 15, 28", "12, 15, 18, 28")
    # A group of its own, as a shell gives to a job: the kernel stops none that is an orphan.
    with started(tmp_path, "--", PYTHON, "-c", program, process_group=0) as process:
        pid = int(line_of(process).split()[1])
        process.send_signal(signal.SIGTSTP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        until = time.monotonic() + WAIT_S
        while (state := state_of(pid)) != "T" and time.monotonic() < until:
            time.sleep(0.01)
        assert state == "T"
        process.send_signal(signal.SIGCONT)
        assert line_of(process) == str(int(signal.SIGCONT))
        process.send_signal(signal.SIGTERM)
        assert line_of(process) == str(int(signal.SIGTERM))
        assert process.wait(WAIT_S) == 7


def test_a_stop_that_nobody_could_end_stops_neither(tmp_path: Path) -> None:
    """In a session without a shell the kernel drops SIGTSTP, as for a program without us."""
    with started(tmp_path, "--", PYTHON, "-c", LISTENS, start_new_session=True) as process:
        line_of(process)
        process.send_signal(signal.SIGTSTP)
        process.send_signal(signal.SIGTERM)
        assert line_of(process) == str(int(signal.SIGTERM))
        assert process.wait(WAIT_S) == 7


def test_what_was_ignored_stays_ignored(tmp_path: Path) -> None:
    """As under nohup: by the program and by us."""
    script = 'trap "" HUP; exec "$@"'
    shown = "grep SigIgn /proc/self/status"
    program = ("sh", "-c", shown)
    here, under = (
        subprocess.run(
            ("sh", "-c", script, "-", *way, *program),
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        ).stdout.split()[1]
        for way in ((), (*UTABOX, "run", "--"))
    )
    assert under == here
    assert int(here, 16) & 1 << (signal.SIGHUP - 1)


def test_no_signal_is_blocked_in_the_program(tmp_path: Path) -> None:
    """We wait for them blocked; the program has them as if started directly."""
    done = run(tmp_path, "run", "--", "grep", "SigBlk", "/proc/self/status")
    assert int(done.stdout.split()[1], 16) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_the_program_ends_with_us(tmp_path: Path) -> None:
    """Even if we are killed: it would have no server."""
    with started(tmp_path, "--", PYTHON, "-c", LISTENS) as process:
        pid = int(line_of(process).split()[1])
        process.kill()
        assert ends(pid)


# --- what the program finds -----------------------------------------------------------------------


def environment_in(home: Path, *options: str, **settings: str) -> dict[str, str]:
    """The environment of the program."""
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    done = run(home, "run", *options, "--", PYTHON, "-c", show, settings=settings)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_the_environment_leads_to_us(tmp_path: Path) -> None:
    """By every variable that some library knows."""
    found = environment_in(tmp_path)
    assert found["UTABOX_RUN_HOSTS"].split(",") == list(HOSTS)
    assert found["UTABOX_RUN_DOMAINS"].split(",") == list(DOMAINS)
    assert re.fullmatch(r"127\.0\.0\.1:\d+", found["UTABOX_RUN_TLS"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", found["UTABOX_URL"])
    assert len(found["UTABOX_TOKEN"]) == 32
    proxies = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
    assert {found[name] for name in proxies} == {found["UTABOX_RUN_PROXY"]}
    assert found["NO_PROXY"] == found["no_proxy"] == "localhost,127.0.0.1,::1"
    assert found["NODE_EXTRA_CA_CERTS"] == str(Path(found["UTABOX_RUN_CA"]).with_name("extra.pem"))
    bundles = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    assert {found[name] for name in bundles} == {found["UTABOX_RUN_BUNDLE"]}
    assert not Path(found["UTABOX_RUN_CA"]).exists()  # any more


def test_what_the_user_has_set_is_kept(tmp_path: Path) -> None:
    """Ours comes first, and behind our folder the one that outlives the run."""
    found = environment_in(tmp_path, PYTHONPATH="/mine", NODE_OPTIONS="--no-warnings", MINE="1")
    folder = Path(found["UTABOX_RUN_CA"]).parent
    assert found["PYTHONPATH"] == f"{folder}/python:{LASTING}:/mine"
    assert found["NODE_OPTIONS"] == f'--require "{folder}/node/preload.cjs" --no-warnings'
    assert found["MINE"] == "1"


def test_no_key_is_among_the_files_of_a_run(tmp_path: Path) -> None:
    """The program may read them even as another user; there is nothing in them to hide."""
    show = 'cd "$(dirname "$UTABOX_RUN_CA")"; ls; grep -rl -e "PRIVATE KEY" -e "$UTABOX_TOKEN" .'
    found = run(tmp_path, "run", "--", "sh", "-c", show).stdout.split()
    files = ["begin.sh", "bin", "bundle.pem", "ca.pem", "extra.pem", "node", "python", "running"]
    assert found == files


@pytest.mark.parametrize("name", ["WSS_PROXY", "Ws_Proxy", "npm_config_https_proxy", "Https_Proxy"])
def test_a_proxy_of_the_user_is_ours_in_any_spelling(name: str, tmp_path: Path) -> None:
    found = environment_in(tmp_path, **{name: "http://127.0.0.1:1"})
    assert found[name] == found["UTABOX_RUN_PROXY"]


@pytest.mark.parametrize(
    "name", ["SOCKS_PROXY", "socks_proxy", "ftp_proxy", "npm_config_noproxy", "LOCALDOMAIN"]
)
def test_what_we_do_not_know_of_proxies_and_names_is_taken_away(name: str, tmp_path: Path) -> None:
    assert name not in environment_in(tmp_path, **{name: "bybit.com"})


def test_authorities_of_the_user_for_node_stay(tmp_path: Path) -> None:
    """NODE_EXTRA_CA_CERTS names theirs and ours."""
    block = "-----BEGIN CERTIFICATE-----\nbWluZQ==\n-----END CERTIFICATE-----\n"
    (mine := tmp_path / "mine.pem").write_text(f"# mine\n{block}")
    show = 'cat "$NODE_EXTRA_CA_CERTS"'
    settings = {"NODE_EXTRA_CA_CERTS": str(mine)}
    shown = run(tmp_path, "run", "--", "sh", "-c", show, settings=settings).stdout
    assert shown.startswith(f"{block}-----BEGIN CERTIFICATE-----\n")


def test_the_files_of_a_killed_run_go_with_the_next(tmp_path: Path, shared: Path) -> None:
    """And those of a run that lives stay."""
    folder = shared
    with patch.dict(os.environ, TMPDIR=str(folder)):
        with started(tmp_path, "--", PYTHON, "-c", LISTENS) as lives:
            line_of(lives)
            with started(tmp_path, "--", PYTHON, "-c", LISTENS) as killed:
                line_of(killed)
                killed.kill()
                killed.wait(WAIT_S)
            assert len(list(folder.iterdir())) == 2
            assert run(tmp_path, "run", "--", "true").returncode == 0
            assert len(list(folder.iterdir())) == 1
            lives.send_signal(signal.SIGTERM)
            lives.wait(WAIT_S)
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        (PYTHON, "-c", "import socket; socket.create_connection(('bot.invalid', 443))"),
        (PYTHON, "-c", "import socket; socket.create_connection(('10.0.0.1', 443), 1)"),
        ("node", "-e", "require('net').connect(443, 'bot.invalid')"),
        ("node", "-e", "require('net').connect(443, '10.0.0.1')"),
    ],
)
def test_offline_holds_inside_the_program(argv: tuple[str, ...], tmp_path: Path) -> None:
    """Also for what does not ask the proxy."""
    done = run(tmp_path, "run", "--offline", "--", *argv)
    assert done.returncode == 1
    assert re.search(r"utabox run: .+(--offline was given|no address of this machine)", done.stderr)


def test_a_run_within_a_run_leads_to_the_inner_one(tmp_path: Path) -> None:
    """As if there were no other around it."""
    show = "import os; print(os.environ['UTABOX_URL']); print(os.environ['PATH'])"
    ask = "import urllib.request as r; r.urlopen('https://api.bybit.com/v5/market/time')"
    inner = (*UTABOX, "run", "--verbose", "--", PYTHON, "-c", f"{ask}; {show}")
    done = run(tmp_path, "run", "--verbose", "--", *inner)
    outer, own = re.findall(r"server of this run is at (\S+),", done.stderr)
    url, path = done.stdout.split()
    assert (url, url != outer) == (own, True)
    assert path.count("utabox-run-") == 1
    assert done.stderr.count("GET  /v5/market/time") == 1


def test_closed_stdio_is_no_hindrance(tmp_path: Path) -> None:
    """Else a socket of ours would become it."""
    script = '"$@" <&- >&- 2>&-'
    program = ("sh", "-c", 'curl -sS -o "$0" https://api.bybit.com/v5/market/time')
    done = subprocess.run(
        ("sh", "-c", script, "-", *UTABOX, "run", "--", *program, str(tmp_path / "answer")),
        env=environment(tmp_path),
        timeout=WAIT_S,
    )
    assert done.returncode == 0
    assert json.loads((tmp_path / "answer").read_text())["retCode"] == 0


def test_utabox_is_on_the_path_of_the_program(tmp_path: Path) -> None:
    """The one that is running, also where another is installed; it takes nothing from the folder
    in which it is called."""
    (folder := tmp_path / "bin").mkdir()
    (other := folder / "utabox").write_text("#!/bin/sh\necho another\n")
    other.chmod(0o755)
    asks = "curl -sS -o /dev/null https://api.bybit.com/v5/account/info; utabox requests --refused"
    settings = {"PATH": f"{folder}:/usr/bin:/bin"}
    program = ("sh", "-c", f"PYTHONPATH=. && {asks}")
    done = run(tmp_path, "run", "--quiet", "--", *program, settings=settings)
    assert "GET  /v5/account/info" in done.stdout
    (tmp_path / "utabox.py").write_text("print('a module of the program')")
    inside = run(tmp_path, "run", "--", "sh", "-c", f"cd {tmp_path} && utabox --version")
    assert inside.stdout.startswith("utabox ")


# --- keys -----------------------------------------------------------------------------------------


KEY = "aB3dEfGhIjKlMnOpQr"


def test_a_placeholder_is_enough(tmp_path: Path) -> None:
    """A key that nobody made gets an account; and it is told that nothing was compared."""
    url = "https://api-testnet.bybit.com/v5/account/info"
    assert call(tmp_path, key=KEY, secret="x", url=url) == (
        "0 utabox: the key aB3dEf... (18 characters) got account 100000002 (testnet); its "
        "signature was not checked: --key ID --secret SECRET has them checked"
    )
    assert call(tmp_path, "--quiet", key=KEY, secret="x") == "0"


def test_signatures_that_were_not_checked_are_counted(tmp_path: Path) -> None:
    """For each key; where the log has not kept all calls, the keys are known all the same."""
    each = " && ".join(
        f'"$@" {key} x https://api.bybit.com/v5/account/info' for key in ("one", "two", "one")
    )
    program = ("sh", "-c", each, "-", PYTHON, "-c", CALLS)
    lines = run(tmp_path, "run", "--", *program).stderr.splitlines()
    assert ["its 2 signatures were not checked" in lines[0], "the key one got" in lines[0]] == [
        True,
        True,
    ]
    assert re.search(r"the key two got account \d+ \(mainnet\); its signature was", lines[1])
    settings = {"UTABOX_REQUESTS_KEPT": "1"}
    lines = run(tmp_path, "run", "--", *program, settings=settings).stderr.splitlines()
    assert [re.search("the key (one|two) got .+; its signatures were", line) for line in lines]
    assert len(lines) == 2


def test_a_key_that_stays_unchecked_is_told_how_to_be_checked(tmp_path: Path) -> None:
    """In a kept folder and at a running server; --key and --secret alone do not help there."""
    kept = str(tmp_path / "kept")
    told = call(tmp_path, "--data", kept, key=KEY, secret="x")
    assert f"`utabox run --data {kept} -- utabox key delete ID`" in told
    done = run(tmp_path, "run", "--data", kept, "--", "utabox", "key", "delete", KEY)
    assert done.returncode == 0
    checked = ("--data", kept, "--key", KEY, "--secret", "right")
    assert call(tmp_path, *checked, key=KEY, secret="right") == "0"
    with Serving(tmp_path, "--memory", "--accept-any-key") as serving:
        told = call(tmp_path, "--url", serving.url, key=KEY, secret="x")
        assert f"`utabox key create --uid UID --url {serving.url}` makes" in told


@pytest.mark.parametrize("name", ["BYBIT_API_KEY", "BYBIT_API_SECRET"])
def test_half_a_pair_is_no_pair(name: str, tmp_path: Path) -> None:
    """It is told at the start, and the program runs: it may use the variable otherwise."""
    half = {"BYBIT_API_KEY": "", "BYBIT_API_SECRET": "", name: "foo bar"}
    done = run(tmp_path, "run", "--", "echo", "started", settings=half)
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert re.fullmatch(rf"utabox: {name} is set without \w+, .+\n", done.stderr)
    assert run(tmp_path, "run", "--quiet", "--", "true", settings=half).stderr == ""
    pair = ("--key", "mine", "--secret", "right")
    assert run(tmp_path, "run", *pair, "--", "true", settings=half).stderr == ""


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (("--key", "mine", "--secret", "right"), {}),
        ((), {"BYBIT_API_KEY": "mine", "BYBIT_API_SECRET": "right"}),
        (("--no-accept-any-key", "--key", "mine", "--secret", "right"), {}),
    ],
)
def test_a_known_secret_is_checked(
    options: tuple[str, ...], settings: dict[str, str], tmp_path: Path
) -> None:
    """The right one is taken, a wrong one is refused with a hint."""
    assert call(tmp_path, *options, key="mine", secret="right", **settings) == "0"
    told = call(tmp_path, *options, key="mine", secret="wrong", **settings)
    assert re.match(r"10004 utabox: 10004 GET /v5/account/info: \S", told)


@pytest.mark.parametrize(
    "host", ["api.bybit.com", "api-testnet.bybit.com", "api-demo.bybit.com", "api.bybit.kz"]
)
def test_a_known_key_lives_where_it_is_first_used(host: str, tmp_path: Path) -> None:
    """The host chooses the environment; nothing has to be said twice."""
    options = ("--key", "mine", "--secret", "right")
    url = f"https://{host}/v5/account/info"
    assert call(tmp_path, *options, key="mine", secret="right", url=url) == "0"


def test_without_adoption_unknown_keys_are_refused(tmp_path: Path) -> None:
    told = call(tmp_path, "--no-accept-any-key", key="xxxxxxxxxxxxxxxxxx", secret="x")
    assert re.match(r"10003 utabox: 10003 GET /v5/account/info: \S", told)


def test_an_unknown_key_is_told_what_helps_in_this_run(tmp_path: Path) -> None:
    """Whoever has started no server is not told how to start one."""
    program = ("--", PYTHON, "-c", CALLS, KEY, "x", INFO)
    told = run(tmp_path, "run", "--no-accept-any-key", *program).stderr
    assert "hint: Leave out --no-accept-any-key, or give --key and --secret" in told
    settings = {"UTABOX_ACCEPT_ANY_KEY": "false"}
    told += run(tmp_path, "run", *program, settings=settings).stderr
    assert "hint: Leave out UTABOX_ACCEPT_ANY_KEY, or give" in told
    with Serving(tmp_path, "--memory") as serving:
        told += run(tmp_path, "run", "--url", serving.url, *program).stderr
        assert f"hint: The server at {serving.url} knows its own keys only: " in told
    assert " --accept-any-key" not in told


# --- what is told ---------------------------------------------------------------------------------


def curls(*urls: str) -> tuple[str, ...]:
    return ("curl", "-sS", "-o", "/dev/null", *urls)


def test_each_distinct_refusal_is_told_once(tmp_path: Path) -> None:
    """With how often it happened; below it what to do, as in `utabox requests`."""
    head, *below = run(tmp_path, "run", "--", *curls(*[INFO] * 3)).stderr.splitlines()
    assert head == (
        "utabox: 10001 GET /v5/account/info (3 times): A private call carries its key, its time "
        "and its signature in headers."
    )
    assert [line.split(":")[0] for line in below] == ["    expected", "    seen", "    hint"]


def test_a_loop_of_wrong_signatures_is_told_once(tmp_path: Path) -> None:
    """Whatever their timestamps: as one whose cause was searched."""
    repeated = f"import sys\nfor _ in range(60):\n  exec({CALLS!r})"
    program = ("--", PYTHON, "-c", repeated, "mine", "wrong", INFO)
    done = run(tmp_path, "run", "--key", "mine", "--secret", "right", *program)
    assert done.stdout == "10004\n" * 60
    head, *below = done.stderr.splitlines()
    assert head.startswith("utabox: 10004 GET /v5/account/info (60 times): The signature covers")
    assert len(below) == 3
    assert "have not been searched" not in done.stderr


def test_endpoints_that_are_not_here_yet_are_one_line(tmp_path: Path) -> None:
    """A path that the exchange has not is told apart."""
    paths = ("position/list", "position/list", "order/realtime", "nothing")
    urls = [f"https://api.bybit.com/v5/{path}" for path in paths]
    told = run(tmp_path, "run", "--", *curls(*urls)).stderr
    lines = [line for line in told.splitlines() if not line.startswith("    ")]
    assert lines == [
        "utabox: 404 GET /v5/nothing: The path must be one that this server offers.",
        "utabox: not here yet: GET /v5/position/list (2 times), GET /v5/order/realtime",
    ]
    assert told.splitlines()[-1].startswith("    hint: The exchange has it")


def test_at_most_ten_are_told(tmp_path: Path) -> None:
    urls = [f"https://api.bybit.com/v5/nothing-{number}" for number in range(14)]
    told = run(tmp_path, "run", "--", *curls(*urls)).stderr
    lines = [line for line in told.splitlines() if not line.startswith("    ")]
    assert len(lines) == 11
    assert lines[-1] == "utabox: and 4 other refusals"


def test_what_the_proxy_refused_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "run", "--", *curls("https://www.bybit.com/"))
    assert "utabox: www.bybit.com belongs to the exchange" in done.stderr


def test_quiet_tells_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "run", "--quiet", "--", *curls(INFO)).stderr == ""


def test_verbose_shows_each_request(tmp_path: Path) -> None:
    """As it comes, on stderr."""
    url = "https://api.bybit.com/v5/market/time"
    lines = run(tmp_path, "run", "--verbose", "--", *curls(url)).stderr.splitlines()
    assert re.search(r"behind TLS at 127\.0\.0\.1:\d+", lines[0])
    assert "GET  /v5/market/time" in lines[1]


# --- the server -----------------------------------------------------------------------------------


def test_data_is_kept(tmp_path: Path) -> None:
    """In the folder that was named: the next run finds the account of its key."""
    show = 'exec "$0" -m utabox account list --json'
    options = ("--data", str(tmp_path / "kept"))
    assert call(tmp_path, *options, key="mine", secret="x").startswith("0 ")
    done = run(tmp_path, "run", *options, "--", "sh", "-c", show, PYTHON)
    assert len(json.loads(done.stdout)) == 2  # the demo account, and that of the key


def test_settings_of_serve_count(tmp_path: Path) -> None:
    """As their environment variables."""
    show = 'exec "$0" -m utabox switch --json'
    settings = {"UTABOX_TEXT_EPOCH": "2023"}
    done = run(tmp_path, "run", "--", "sh", "-c", show, PYTHON, settings=settings)
    assert json.loads(done.stdout)["textEpoch"] == "2023"


def test_a_running_server_can_be_used(tmp_path: Path) -> None:
    """It is put behind TLS, and stays when the program has ended."""
    with Serving(tmp_path, "--memory", "--accept-any-key") as serving:
        options = ("--url", serving.url)
        assert call(tmp_path, *options, key="xxxxxxxxxxxxxxxxxx", secret="x").startswith("0 ")
        assert environment_in(tmp_path, *options)["UTABOX_URL"] == serving.url
        assert run(tmp_path, "get", "/v5/market/time", "--url", serving.url).returncode == 0


def test_a_venue_of_a_running_server_can_be_used(tmp_path: Path) -> None:
    """Every request comes to it, whatever its path or key."""
    with Serving(tmp_path, "--memory", "--accept-any-key") as serving:
        assert run(tmp_path, "venue", "create", "alice", "--url", serving.url).returncode == 0
        options = ("--url", serving.url, "--venue", "alice")
        assert call(tmp_path, *options, key="xxxxxxxxxxxxxxxxxx", secret="x").startswith("0 ")
        found = environment_in(tmp_path, *options)
        assert found["UTABOX_URL"] == f"{serving.url}/venues/alice"
        asked = run(tmp_path, "requests", "--url", serving.url, "--venue", "alice").stdout
        assert asked.count("/v5/account/info") == 1
        assert "/v5/account/info" not in run(tmp_path, "requests", "--url", serving.url).stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--key", "a"), "--key and --secret together"),
        (("--venue", "a"), "--venue is for a running server: name it with --url"),
        (("--token", "a"), "--token is for a running server: name it with --url"),
        (("--url", "nowhere"), "'nowhere' is no base URL"),
        (
            ("--url", "http://127.0.0.1:9", "--data", "x"),
            "--data is for a server that `run` starts",
        ),
        (("--url", "http://127.0.0.1:9", "--no-accept-any-key"), "--accept-any-key is for"),
        (("--port", "5432"), "--port is for --isolate"),
        (("--isolate", "--port", "443"), "--port 443 is the exchange's inside"),
        (("--key", "a\tb", "--secret", "c"), "The key has characters"),
        (("--key", "", "--secret", ""), "--key or --secret is empty"),
        (("--quiet", "--verbose"), "give one of them"),
        ((), "Missing argument 'PROGRAM"),
    ],
)
def test_wrong_usage(options: tuple[str, ...], says: str, tmp_path: Path) -> None:
    """Nothing is started."""
    program = ("--", "echo", "started") if options else ()
    done = run(tmp_path, "run", *options, *program)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """The program is not started."""
    done = run(tmp_path, "run", "--url", "http://127.0.0.1:9", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No utabox answers at http://127.0.0.1:9" in done.stderr

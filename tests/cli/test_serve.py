"""`utabox serve`: its start, its output, its end."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from utabox.cli.call import make_call, signer
from utabox.cli.wire import send
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

from .process import UTABOX, WAIT_S, Cli, Serving, environment, run

SNIPPET = re.compile(r"^# pip install pybit$.*?.*?^print\(.*?\)$", re.DOTALL | re.MULTILINE)


def get(server: Serving, path: str) -> tuple[int, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def test_the_first_line_says_that_requests_are_answered(server: Serving) -> None:
    first = server.out.read_text().splitlines()[0]

    assert re.fullmatch(r"utabox is ready at http://127\.0\.0\.1:\d+ \(data: in memory\)", first)
    assert get(server, "/v5/market/time")[0] == 200


def test_the_printed_lines_work_when_they_are_pasted(server: Serving) -> None:
    """pybit, unmodified, pointed at the server as the ready text says."""
    lines = server.await_output(SNIPPET)

    pasted = subprocess.run(
        (sys.executable, "-c", lines), capture_output=True, text=True, timeout=WAIT_S, check=True
    )

    assert "'marginMode': 'REGULAR_MARGIN'" in pasted.stdout


def test_the_demo_credentials_and_the_tokens_place_are_printed(server: Serving) -> None:
    text = server.out.read_text()

    assert f"API key: {DEMO_API_KEY}\n" in text
    assert f"API secret: {DEMO_API_SECRET}\n" in text
    assert f"Control token: in {server.token_file}," in text


def test_the_token_is_for_its_owner_only(server: Serving) -> None:
    found = json.loads(server.token_file.read_text())

    assert stat.S_IMODE(server.token_file.stat().st_mode) == 0o600
    assert (found["url"], found["pid"]) == (server.url, server.process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(tmp_path: Path, number: int) -> None:
    """Its token file goes with it, and nothing is left to say."""
    with Serving(tmp_path, "--memory") as serving:
        token_file = serving.token_file
        assert serving.stop(number) == 0

    assert not token_file.exists()
    assert serving.out.read_text().endswith("\nutabox has stopped.\n")
    assert serving.err.read_text() == ""


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    """Half a request keeps a stopping server waiting, but not an impatient user."""
    half = b"POST /-/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
    with (
        Serving(tmp_path, "--memory") as serving,
        socket.create_connection(("127.0.0.1", serving.port), WAIT_S) as connection,
    ):
        connection.sendall(half)
        get(serving, "/v5/market/time")
        serving.process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            serving.process.wait(0.3)
        assert serving.stop(signal.SIGINT) == 130


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with Serving(tmp_path, "--data", data) as serving:
        assert Cli(tmp_path, serving.url)("price", "set", "BTC", "12345").exit_code == 0
        assert serving.stop() == 0

    with Serving(tmp_path, "--data", data) as serving:
        assert "BTC       12345\n" in Cli(tmp_path, serving.url)("price", "list").stdout
        assert f"(data: {data})" in serving.out.read_text()


def test_each_request_is_a_line(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory") as serving:
        Cli(tmp_path, serving.url)("get", "/v5/account/info")

        serving.await_output(
            re.compile(
                r"^\d\d:\d\d:\d\d\.\d{3} GET  /v5/account/info  uid \d+  200/0  \d+\.\d ms$", re.M
            )
        )


def test_a_refused_request_says_why(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory") as serving:
        Cli(tmp_path, serving.url)("get", "/v5/nothing")

        line = re.compile(
            r"/v5/nothing  key \w+  404  .* \| why: The path .* \| expected: .*"
            r" \| seen: GET /v5/nothing \| hint: .+\n"
        )
        serving.await_output(line)


def test_quiet_prints_no_requests(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory", "--quiet") as serving:
        Cli(tmp_path, serving.url)("get", "/v5/account/info")
        serving.stop()

        assert "GET" not in serving.out.read_text()


def test_json_prints_objects_and_nothing_else(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory", "--json") as serving:
        Cli(tmp_path, serving.url)("get", "/v5/nothing")
        serving.await_output(re.compile(r'"retCode".*\n'))
        ready, request = map(json.loads, serving.out.read_text().splitlines())

    assert (ready["event"], ready["url"], ready["data"]) == ("ready", serving.url, None)
    assert (ready["apiKey"], ready["apiSecret"]) == (DEMO_API_KEY, DEMO_API_SECRET)
    assert (request["path"], request["status"]) == ("/v5/nothing", 404)
    assert request["why"]["seen"] == "GET /v5/nothing"


def test_a_chosen_secret_is_not_printed(tmp_path: Path) -> None:
    """A server's output ends in logs; the snippet reads the variable instead."""
    chosen = {"UTABOX_API_KEY": "mine", "UTABOX_API_SECRET": "between-us"}
    with Serving(tmp_path, "--memory", settings=chosen) as serving:
        lines = serving.await_output(SNIPPET)
        pasted = subprocess.run(
            (sys.executable, "-c", lines),
            env=environment(tmp_path, **chosen),
            capture_output=True,
            timeout=WAIT_S,
            check=True,
        )

    assert "between-us" not in serving.out.read_text()
    assert b"marginMode" in pasted.stdout


def test_it_goes_on_when_nobody_reads_its_output(tmp_path: Path) -> None:
    """`utabox serve | head -1`"""
    process = subprocess.Popen(
        (*UTABOX, "serve", "--memory", "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[4]
        process.stdout.close()
        call = Cli(tmp_path, url)
        assert [call("get", "/v5/account/info").exit_code for _ in range(3)] == [0, 0, 0]
        process.terminate()
        assert process.wait(WAIT_S) == 0
        assert process.stderr.read() == ""


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "utabox.toml"
    file.write_text('rate_limits = "7"\nwire_exact = true\nmemory = true\n')

    options = ("--config", str(file), "--no-wire-exact")
    with Serving(tmp_path, *options, settings={"UTABOX_RATE_LIMITS": "8"}) as serving:
        by = signer(None, None, None)
        call = make_call(serving.url, "GET", "/v5/account/info", "", None, by, 5000)
        answer = send(call.base_url, call.method, call.target, call.headers)

    assert answer.headers["x-bapi-limit"] == "8"
    assert b"retExtInfo" in answer.body
    assert "(data: in memory)" in serving.out.read_text()


@pytest.mark.parametrize(
    ("options", "settings", "sentence"),
    [
        (("--memory", "--data", "x"), {}, "--memory and --data contradict each other"),
        (("--port", "65536"), {}, "--port is 65536: give a whole number from 0 to 65535."),
        (("--rate-limits", "none"), {}, "--rate-limits is 'none': give real, off, or a whole"),
        ((), {"UTABOX_CONNECTIONS": "0"}, "UTABOX_CONNECTIONS is '0': give a whole number from 1"),
        (("--config", "missing.toml"), {}, "There is no config file missing.toml: check --config"),
        ((), {"UTABOX_API_KEY": "only"}, "Set UTABOX_API_KEY and UTABOX_API_SECRET together"),
        (
            ("--memory", "--host", "0.0.0.0"),
            {"UTABOX_API_KEY": DEMO_API_KEY, "UTABOX_API_SECRET": DEMO_API_SECRET},
            "may not be reached beyond loopback",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_2(
    tmp_path: Path, options: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    ended = run(tmp_path, "serve", *options, settings=settings)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert sentence in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_an_unknown_variable_is_named(tmp_path: Path) -> None:
    strange = {"UTABOX_PROT": "1", "UTABOX_NO_SKIP": "1"}
    with Serving(tmp_path, "--memory", settings=strange) as serving:
        serving.stop()

    assert serving.err.read_text() == (
        "utabox: UTABOX_PROT sets nothing: did you mean UTABOX_PORT?\n"
    )


def test_closed_streams_do_not_matter(tmp_path: Path) -> None:
    """`utabox serve >&- 2>&- <&-`: neither the socket nor the journal becomes stdout."""
    data = tmp_path / "data"
    process = subprocess.Popen(
        ("sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *UTABOX, "serve", "--port", "0",
         "--data", str(data)),
        env=environment(tmp_path),
    )  # fmt: skip
    with process:
        servers = tmp_path / "state" / "utabox" / "servers"
        until = time.monotonic() + WAIT_S
        while not (found := list(servers.glob("*.json"))) and time.monotonic() < until:
            time.sleep(0.01)
        call = Cli(tmp_path, f"http://127.0.0.1:{found[0].stem}")
        assert call("get", "/v5/account/info").exit_code == 0
        process.terminate()
        assert process.wait(WAIT_S) == 0

    assert Cli(tmp_path, "http://127.0.0.1:9")("verify", str(data)).exit_code == 0


def test_the_records_of_killed_servers_are_removed(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory") as killed:
        left = killed.token_file
        killed.stop(signal.SIGKILL)
    assert left.exists()

    with Serving(tmp_path, "--memory") as serving:
        assert serving.token_file.exists()
        assert [left.exists()] == [left == serving.token_file]


def test_a_flag_for_memory_wins_over_a_variable_for_a_folder(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory", settings={"UTABOX_DATA": str(tmp_path / "data")}) as serving:
        assert "(data: in memory)" in serving.out.read_text()


def test_the_folder_is_told_without_detours(tmp_path: Path) -> None:
    with Serving(tmp_path, "--data", f"{tmp_path}/x/../data/.") as serving:
        assert f"(data: {tmp_path}/data)" in serving.out.read_text()


def test_without_any_key_the_next_step_is_told(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with Serving(tmp_path, "--data", data) as serving:
        assert Cli(tmp_path, serving.url)("key", "delete", DEMO_API_KEY).exit_code == 0
        serving.stop()

    with Serving(tmp_path, "--data", data) as serving:
        make = f"utabox key create --uid 100000001 --url {serving.url}"
        text = serving.await_output(re.compile("API key: .*"))

    assert text == f"API key: none, all were deleted; `{make}` makes one."


def test_one_environment_is_told_with_its_key(tmp_path: Path) -> None:
    """The demo key of a new store lives there; that of an older one lives where it was made."""
    folder = str(tmp_path / "data")
    with Serving(tmp_path, "--data", folder) as server:
        server.stop()
    with Serving(tmp_path, "--data", folder, "--environment", "demo") as server:
        lines = server.await_output(re.compile("API key: .*")), server.out.read_text()
        server.stop()
    assert lines[0].startswith("API key: no account of demo yet; `utabox account create`, then")
    assert "It is demo; keys of other environments are unknown.\n" in lines[1]


def test_on_all_addresses_the_text_is_of_use(tmp_path: Path) -> None:
    """A random key, shown once; an address that can be called; and who else can call it."""
    options = ("--data", str(tmp_path / "data"), "--host", "0.0.0.0")
    with Serving(tmp_path, *options, settings={"UTABOX_TOKEN": "mine"}) as serving:
        first = serving.await_output(re.compile(".*Control token: [^\n]*", re.DOTALL))
        serving.stop()
    with Serving(tmp_path, *options) as serving:
        second = serving.await_output(re.compile(".*Control token", re.DOTALL))

    assert 'session.endpoint = "http://127.0.0.1:' in first
    assert "It listens on 0.0.0.0: other machines can reach it, so its key is a random" in first
    assert first.endswith("Control token: the one in UTABOX_TOKEN")
    assert "mine" not in first
    assert "made by an earlier run, which showed its secret; `utabox key create --uid" in second


def test_a_taken_port_is_2(server: Serving, tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--memory", "--port", str(server.port))

    assert ended.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{server.port}" in ended.stderr


def test_a_folder_in_use_is_3(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with Serving(tmp_path, "--data", data) as serving:
        ended = run(tmp_path, "serve", "--data", data, "--port", "0")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"in use by process {serving.process.pid}" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_lost_key_file_is_3(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Serving(tmp_path, "--data", str(data)) as serving:
        serving.stop()
    (data / "secrets.key").unlink()

    ended = run(tmp_path, "serve", "--data", str(data), "--port", "0")

    assert ended.returncode == 3
    assert "secrets.key is missing" in ended.stderr


def test_a_failing_disk_ends_it_at_once_with_3(tmp_path: Path) -> None:
    """No file may grow beyond 256 KiB here. No answer, and the restart knows only what landed."""
    data = str(tmp_path / "data")
    limited = ("sh", "-c", 'ulimit -f 512; exec "$@"', "sh")
    with Serving(tmp_path, "--data", data, prefix=limited) as serving:
        key = ["key", "create", "--uid", "100000001", "--key", "large"]
        answer = Cli(tmp_path, serving.url)(*key, *(["--ip", "10.0.0.1"] * 30_000))
        assert serving.process.wait(WAIT_S) == 3

    assert answer.exit_code == 1
    assert "so the outcome of the last writes is unknown" in serving.err.read_text()
    assert len(serving.err.read_text().splitlines()) == 1
    assert not serving.token_file.exists()
    with Serving(tmp_path, "--data", data) as again:
        assert "large" not in Cli(tmp_path, again.url)("key", "list").stdout


def test_the_help_names_defaults_and_variables(cli: Cli) -> None:
    text = " ".join(cli("serve", "--help").stdout.split())

    assert "[default: 8505; env: UTABOX_PORT]" in text
    assert "--ip-limit / --no-ip-limit" in text
    assert "[default: off; env: UTABOX_IP_LIMIT]" in text

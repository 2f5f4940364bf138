"""`utabox get` and `utabox post`: signed calls, their answers, and why they were refused."""

import json
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from utabox.settings import DEMO_API_KEY

from .process import WAIT_S, Cli, Serving

INFO = "/v5/account/info"
MODE = "/v5/account/set-margin-mode"


def curl(command: str) -> dict[str, object]:
    """Run a printed command as a shell would, and decode the answer."""
    printed = subprocess.run(
        ("sh", "-c", command), capture_output=True, text=True, timeout=WAIT_S, check=True
    )
    answer: dict[str, object] = json.loads(printed.stdout)
    return answer


class Stranger(BaseHTTPRequestHandler):
    """An exchange that explains nothing: answers what its class says."""

    status = 200
    headers_sent: tuple[tuple[str, str], ...] = ()
    body = b""
    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(self.status)
        for name, value in self.headers_sent:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        """Be silent."""


@pytest.fixture
def stranger() -> Iterator[tuple[str, type[Stranger]]]:
    """Its base URL, and the class whose members say what it answers."""
    handler = type("Handler", (Stranger,), {"seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_shows_each_field_with_its_meaning(cli: Cli) -> None:
    done = cli("get", INFO)

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"GET {INFO}  200  retCode 0 OK  ")
    assert lines[1].split() == ["FIELD", "VALUE", "MEANING"]
    assert lines[2] == ("marginMode           REGULAR_MARGIN  How positions are margined.")
    assert done.stdout.isascii()


def test_json_is_the_answer_as_it_came(cli: Cli) -> None:
    answer = json.loads(cli("get", INFO, "--json").stdout)

    assert list(answer) == ["retCode", "retMsg", "result", "retExtInfo", "time"]


def test_a_public_call_needs_no_key(cli: Cli) -> None:
    done = cli("get", "/v5/market/time", "--no-auth")

    assert done.exit_code == 0
    assert "timeNano" in done.stdout


def test_a_query_is_sent_exactly_as_typed(cli: Cli) -> None:
    """Neither sorted nor decoded; the signature fits, and the log shows it so."""
    query = "b=%7e&a=[1]&&c=+"

    assert cli("get", INFO, query).exit_code == 0

    newest = json.loads(cli("requests", "--limit", "1", "--json").stdout)
    assert newest["query"] == query


def test_a_post_changes_what_a_get_shows(cli: Cli) -> None:
    assert cli("post", MODE, '{"setMarginMode": "ISOLATED_MARGIN"}').exit_code == 0
    assert "ISOLATED_MARGIN" in cli("get", INFO).stdout
    assert cli("post", MODE, '{"setMarginMode": "REGULAR_MARGIN"}').exit_code == 0


def test_a_refusal_is_1_and_says_why(cli: Cli) -> None:
    """The server's own explanation, asked for at its control door."""
    done = cli("get", INFO, "--key", DEMO_API_KEY, "--secret", "not-it")

    assert done.exit_code == 1
    assert "retCode 10004" in done.stdout
    assert "why: The signature covers" in done.stderr
    assert "signed_text: 1" in done.stderr


def test_the_why_of_a_refusal_is_that_of_this_call(cli: Cli) -> None:
    cli("get", "/v5/another")

    done = cli("post", MODE, "{}")

    assert "setMarginMode" in done.stderr
    assert "/v5/another" not in done.stderr


def test_a_refusal_behind_retcode_0_is_1_and_says_why(cli: Cli) -> None:
    """upgrade-to-uta answers FAIL inside an OK."""
    done = cli("post", "/v5/account/upgrade-to-uta")

    assert done.exit_code == 1
    assert "retCode 0" in done.stdout
    assert "why: " in done.stderr


def test_the_base_url_has_two_names(server: Serving, nobody: Cli) -> None:
    """`--url`, as the commands of the doors have it."""
    for name in ("--url", "--base-url"):
        assert nobody("get", "/v5/market/time", name, server.url).exit_code == 0


def test_the_why_may_stand_in_the_answer(tmp_path: Path) -> None:
    """With --explain-header no token is needed."""
    with Serving(tmp_path, "--memory", "--explain-header") as serving:
        elsewhere = Cli(tmp_path / "elsewhere", serving.url)
        done = elsewhere("get", INFO, "--key", DEMO_API_KEY, "--secret", "not-it")

    assert "signed_text: 1" in done.stderr


def test_a_venue_is_called_with_a_key_of_its_own(cli: Cli) -> None:
    """The demo key, which signs where none was given, is another venue's."""
    made = json.loads(cli("venue", "create", "own-keys", "--json").stdout)
    refused = cli("get", INFO, "--venue", "own-keys")
    assert refused.exit_code == 1
    assert (
        "  hint: Give --key and --secret of own-keys (shown once, when it was made), or set "
        "UTABOX_API_KEY and UTABOX_API_SECRET; `utabox key create --uid UID --venue own-keys` "
        "makes another.\n"
    ) in refused.stderr
    own = {"UTABOX_API_KEY": made["apiKey"], "UTABOX_API_SECRET": made["apiSecret"]}
    assert cli("get", INFO, "--venue", "own-keys", **own).exit_code == 0
    assert cli("venue", "drop", "own-keys").exit_code == 0


def test_without_a_demo_key_the_hint_says_who_signed(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory") as serving:
        cli = Cli(tmp_path, serving.url)
        assert cli("key", "delete", DEMO_API_KEY).exit_code == 0
        refused = cli("get", INFO)

    assert "hint: The demo key signed, as no other was given" in refused.stderr


def test_without_a_token_the_code_is_explained(server: Serving, tmp_path: Path) -> None:
    done = Cli(tmp_path, server.url)("get", INFO, "--key", "nobodys", "--secret", "x")

    assert done.exit_code == 1
    assert "why: The API key must exist on this host." in done.stderr


def test_an_unknown_path_is_one_sentence(cli: Cli) -> None:
    done = cli("get", "/v5/nothing")

    assert done.exit_code == 1
    assert "was answered with HTTP status 404 and without a retCode" in done.stderr


def test_a_skewed_clock_is_computed(stranger: tuple[str, type[Stranger]]) -> None:
    url, says = stranger
    says.body = json.dumps(
        {"retCode": 10002, "retMsg": "x", "result": {}, "time": time.time_ns() // 10**6 + 60_000}
    ).encode()

    done = Cli(Path("/nowhere"), url)(
        "get", INFO, "--live", "--key", "mine", "--secret", "mine", "--recv-window", "5000"
    )

    assert done.exit_code == 1
    assert "behind the server's" in done.stderr
    assert "less than 5000 ms behind" in done.stderr
    assert "skew_ms: -" in done.stderr


def test_a_redirect_is_not_followed(stranger: tuple[str, type[Stranger]]) -> None:
    url, says = stranger
    says.status, says.headers_sent = 302, (("Location", f"{url}/elsewhere"),)

    done = Cli(Path("/nowhere"), url)("get", INFO)

    assert done.exit_code == 1
    assert f"a redirect to {url}/elsewhere, which is not followed" in done.stderr
    assert "/elsewhere" not in says.seen


def test_an_answer_cannot_command_the_terminal(stranger: tuple[str, type[Stranger]]) -> None:
    url, says = stranger
    says.body = b'{"retCode": 0, "retMsg": "\\u001b[2J", "result": {"x": "\\u202e\\u009b"}}'

    done = Cli(Path("/nowhere"), url)("get", "/v5/x")

    assert "retCode 0 \\x1b[2J" in done.stdout
    assert "\\u202e\\x9b" in done.stdout


def test_curl_gets_what_we_get(cli: Cli) -> None:
    """The printed command is run by a shell, with characters that shells and curl would eat."""
    done = cli("get", INFO, "a=[1-3]&b={x,y}&c=$HOME'", "--curl")

    answer = curl(done.stdout)

    assert done.stdout.startswith("curl ")
    assert "The signature lasts 60 s." in done.stderr
    assert answer["retCode"] == 0


def test_curl_posts_what_we_post(cli: Cli) -> None:
    body = """{"setMarginMode": "REGULAR_MARGIN", "note": "it's @ \\u00e9 é"}"""

    done = cli("post", MODE, body, "--curl")

    assert shlex.split(done.stdout)[-1] == body
    assert curl(done.stdout)["retCode"] == 0


def test_an_rsa_key_signs(cli: Cli, tmp_path: Path) -> None:
    pair = rsa.generate_private_key(65537, 2048)
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    made = cli("key", "create", "--uid", "100000001", "--key", "rsa", "--public-key", str(public))
    assert made.exit_code == 0

    assert cli("get", INFO, "--key", "rsa", "--rsa-key", str(private)).exit_code == 0
    printed = cli("get", INFO, "--key", "rsa", "--rsa-key", str(private), "--curl")
    assert curl(printed.stdout)["retCode"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((INFO, "--base-url", "https://api.bybit.com"), "add --live if you mean to call it"),
        ((INFO, "--base-url", "http://127.evil.example"), "add --live if you mean to call it"),
        (
            (INFO, "--base-url", "https://api.bybit.com", "--live"),
            "The demo credentials are for a server of your own",
        ),
        ((INFO, "--base-url", "ftp://127.0.0.1"), "is no base URL"),
        ((INFO, "--key", "alone"), "A key and its secret belong together"),
        ((INFO, "--rsa-key", "x.pem"), "--rsa-key needs the id of its API key"),
        ((INFO, "--key", "k", "--rsa-key", "x.pem"), "cannot be used as an RSA private key"),
        (("v5/account/info",), "does not begin with /"),
        ((INFO, "a=b c"), "percent-encode it"),
        ((f"{INFO}\r\nX: y",), "percent-encode it"),
        ((INFO, "a=é"), "percent-encode it"),
    ],
)
def test_a_call_that_cannot_be_made_is_2(
    nobody: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    done = nobody("get", *arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr


def test_no_server_is_one_sentence_with_the_next_step(nobody: Cli) -> None:
    done = nobody("get", INFO)

    assert done.exit_code == 1
    assert "No server answers at http://127.0.0.1:9 (Connection refused)" in done.stderr
    assert "start one with `utabox serve`" in done.stderr


def test_the_variables_sign(cli: Cli) -> None:
    done = cli("get", INFO, UTABOX_API_KEY="theirs", UTABOX_API_SECRET="theirs")

    assert "retCode 10003" in done.stdout

"""utabox env: which key and URL it puts into the lines, and what it says about the rest."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from utabox.pointing import CLIENTS, Target, lines_for
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

from .process import Cli, Serving

DOCS = Path(__file__).parents[2] / "docs" / "clients.md"


@pytest.mark.parametrize("client", CLIENTS)
def test_the_lines_can_be_used_at_once(cli: Cli, client: str) -> None:
    """Of a server with the published demo key: URL, key and secret are filled in."""
    done = cli("env", "--for", client)

    assert (done.exit_code, done.stderr) == (0, "")
    for part in (cli.url, DEMO_API_KEY, DEMO_API_SECRET):
        assert part in done.stdout
    assert "YOUR_API" not in done.stdout


@pytest.mark.parametrize("client", CLIENTS)
def test_no_line_names_a_host_of_the_exchange(cli: Cli, client: str) -> None:
    assert not re.search(r"bybit\.com|bytick", cli("env", "--for", client).stdout)


def test_another_key_leaves_its_secret_to_you(cli: Cli) -> None:
    """A server shows no secret again; the sentence says how to make a key whose secret it shows."""
    uid = json.loads(cli("account", "list", "--json").stdout)[0]["uid"]
    cli("key", "create", "--uid", str(uid), "--key", "mine00000000000000")
    done = cli("env", "--for", "pybit", "--key", "mine00000000000000")

    assert 'HTTP(api_key="mine00000000000000", api_secret="YOUR_API_SECRET")' in done.stdout
    assert done.stderr == (
        "utabox: A server shows no secret again: put that of mine00000000000000 in place of "
        f"YOUR_API_SECRET, or `utabox key create --uid {uid} --url {cli.url}` makes another key.\n"
    )


def test_a_key_that_is_not_there_is_told(cli: Cli, nobody: Cli) -> None:
    """How to make it; where nobody answers, nothing is said of whether it is there."""
    done = cli("env", "--for", "pybit", "--key", "no such key")
    unasked = nobody("env", "--for", "pybit", "--key", "no such key")

    assert 'HTTP(api_key="no such key", api_secret="YOUR_API_SECRET")' in done.stdout
    assert done.stderr.startswith(
        f"utabox: There is no key no such key at {cli.url}: `utabox key create --uid UID --url "
        f"{cli.url} --key 'no such key'` makes it, and shows its secret once."
    )
    assert unasked.stderr.startswith("utabox: A server shows no secret again")


def test_a_key_that_is_empty_is_no_key(cli: Cli) -> None:
    done = cli("env", "--for", "pybit", "--key", "")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "utabox: --key is empty: give the id of a key, or leave it out.\n"


def test_without_the_demo_key_the_oldest_that_works(tmp_path: Path) -> None:
    """An expired one does not, and an RSA key comes after one with a secret."""
    with Serving(tmp_path, "--memory") as serving:
        cli = Cli(tmp_path, serving.url)
        cli("key", "delete", DEMO_API_KEY)
        nobody = cli("env", "--for", "pybit")
        uid = json.loads(cli("account", "list", "--json").stdout)[0]["uid"]
        cli("key", "create", "--uid", str(uid), "--key", "expired00000000000", "--expired")
        cli("key", "create", "--uid", str(uid), "--key", "older0000000000000")
        cli("key", "create", "--uid", str(uid), "--key", "newer0000000000000")
        done = cli("env", "--for", "pybit", "--json")

    made = json.loads(done.stdout)
    assert (made["client"], made["url"]) == ("pybit", serving.url)
    assert (made["apiKey"], made["apiSecret"]) == ("older0000000000000", None)
    assert f"--uid {uid} " in done.stderr
    assert 'HTTP(api_key="YOUR_API_KEY", api_secret="YOUR_API_SECRET")' in nobody.stdout
    assert nobody.stderr.startswith("utabox: There is no key yet: `utabox key create --uid UID")


def test_an_rsa_key_wants_the_private_half(tmp_path: Path) -> None:
    """It is taken where there is no key with a secret, and said what goes into its place."""
    pem = tmp_path / "rsa.pub.pem"
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pem.write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with Serving(tmp_path, "--memory") as serving:
        cli = Cli(tmp_path, serving.url)
        uid = str(json.loads(cli("account", "list", "--json").stdout)[0]["uid"])
        cli("key", "delete", DEMO_API_KEY)
        cli("key", "create", "--uid", uid, "--key", "rsa000000000000000", "--public-key", str(pem))
        done = cli("env", "--for", "pybit")

    assert 'api_key="rsa000000000000000"' in done.stdout
    assert done.stderr.startswith("utabox: rsa000000000000000 signs with an RSA key: give your")


def test_an_adopted_key_takes_any_secret(tmp_path: Path) -> None:
    """Its signatures are not checked, so the placeholder will do."""
    with Serving(tmp_path, "--memory", "--accept-any-key") as serving:
        cli = Cli(tmp_path, serving.url)
        cli("key", "delete", DEMO_API_KEY)
        exec(lines_for("pybit", Target(serving.url)), {})
        done = cli("env", "--for", "pybit")
        named = cli("env", "--for", "pybit", "--key", "YOUR_API_KEY")

    assert 'HTTP(api_key="YOUR_API_KEY", api_secret="YOUR_API_SECRET")' in done.stdout
    assert done.stderr == (
        "utabox: Signatures of YOUR_API_KEY are not checked: any secret will do.\n"
    )
    assert (named.stdout, named.stderr) == (done.stdout, done.stderr)


def test_a_venue_has_its_own_url_and_key(tmp_path: Path) -> None:
    """The base URL of unsigned calls; a signed one would find its venue by the key alone."""
    with Serving(tmp_path, "--memory") as serving:
        cli = Cli(tmp_path, serving.url)
        key = json.loads(cli("venue", "create", "mine", "--json").stdout)["apiKey"]
        done = cli("env", "--for", "curl", "--venue", "mine")

    assert f"url={serving.url}/venues/mine\nkey={key}\nsecret=YOUR_API_SECRET\n" in done.stdout
    assert f"--url {serving.url}/venues/mine` makes another key" in done.stderr


def test_no_server_and_no_key_is_refused(nobody: Cli) -> None:
    """There is nobody to ask; with a key there is nothing to ask."""
    assert nobody("env", "--for", "curl").exit_code == 1
    assert nobody("env", "--for", "curl", "--key", "mine").exit_code == 0


def test_an_unknown_client_is_a_usage_error_that_lists_the_known(nobody: Cli) -> None:
    done = nobody("env", "--for", "cctx")

    assert done.exit_code == 2
    assert "'pybit', 'ccxt', 'bybit-api'" in done.stderr


HOSTILE = Target("http://127.0.0.1:1", 'a"b\n\'c"; $(id)', "`d`\\\n'e")


@pytest.mark.parametrize("client", ["pybit", "ccxt", "nautilus"])
def test_a_key_of_any_characters_is_one_text_of_python(client: str) -> None:
    tree = ast.parse(lines_for(client, HOSTILE))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]

    assert HOSTILE.api_key in texts
    assert HOSTILE.secret in texts


def test_a_key_of_any_characters_is_one_word_of_a_shell() -> None:
    assigned = lines_for("curl", HOSTILE).split("\n\ncurl")[0]
    said = subprocess.run(
        ["sh", "-c", f'{assigned}\nprintf "%s|%s" "$key" "$secret"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said == f"{HOSTILE.api_key}|{HOSTILE.secret}"


def test_a_key_of_any_characters_stays_in_its_comment() -> None:
    """For hummingbot it is typed into a prompt, so it stands in none of the lines."""
    lines = lines_for("hummingbot", HOSTILE)
    plain = lines_for("hummingbot", Target(HOSTILE.url))

    assert ast.dump(ast.parse(lines)) == ast.dump(ast.parse(plain))


def test_curl_is_silent_in_a_pipe_but_for_errors() -> None:
    """Else its progress meter stands among what is piped on."""
    lines = lines_for("curl", Target("http://127.0.0.1:8505")).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("curl ")] == ["-sS", "-sS"]


def test_the_docs_show_the_same_lines() -> None:
    """docs/clients.md has them for the default URL and the demo key, letter for letter."""
    target = Target("http://127.0.0.1:8505", DEMO_API_KEY, DEMO_API_SECRET)
    shown = DOCS.read_text("utf-8")
    missing = [client for client in CLIENTS if lines_for(client, target) not in shown]
    assert missing == []

"""utabox venue, and the other commands with --venue."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .process import Cli, Serving


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    home = tmp_path_factory.mktemp("venues")
    with Serving(home, "--data", str(home / "data")) as serving:
        yield Cli(home, serving.url)


def test_made_changed_restored_and_dropped(cli: Cli) -> None:
    """As the help shows it."""
    made = json.loads(cli("venue", "create", "mine", "--json").stdout)
    assert made["venue"]["path"] == "/venues/mine"
    signed = ("--key", made["apiKey"], "--secret", made["apiSecret"])
    info = json.loads(cli("get", "/v5/account/info", *signed, "--json").stdout)
    assert info["retCode"] == 0
    assert cli("venue", "snapshot", "mine", "before").exit_code == 0
    assert cli("account", "fund", "100000001", "USDT", "500", "--venue", "mine").exit_code == 0
    assert "50500" in cli("account", "show", "100000001", "--venue", "mine").stdout
    assert "before, start" in cli("venue", "restore", "mine", "before").stdout
    assert "50500" not in cli("account", "show", "100000001", "--venue", "mine").stdout
    assert "start" in cli("venue", "discard", "mine", "before").stdout
    assert cli("venue", "reset", "mine").exit_code == 0
    assert "mine" in cli("venue", "list").stdout
    assert cli("venue", "drop", "mine").stdout == "mine is gone.\n"
    assert "mine" not in cli("venue", "list").stdout


def test_the_base_url_of_a_venue_is_a_url(cli: Cli) -> None:
    """--url takes it, for calls and for the doors."""
    made = json.loads(cli("venue", "create", "--json", "--keep", "--environment", "demo").stdout)
    url = cli.url + made["venue"]["path"]
    signed = ("--key", made["apiKey"], "--secret", made["apiSecret"])
    assert cli("get", "/v5/account/info", *signed, "--url", url).exit_code == 0
    refused = cli("get", "/v5/account/fee-rate?category=spot", *signed, "--url", url)
    assert refused.exit_code == 1
    assert "10032" in refused.stdout + refused.stderr
    assert "demo" in cli("account", "show", "100000001", "--url", url).stdout


def test_the_why_of_a_refusal_is_found_in_the_key_s_venue(cli: Cli) -> None:
    """The venue that answered has the log, not the default one."""
    made = json.loads(cli("venue", "create", "--json").stdout)
    refused = cli(
        "get", "/v5/account/info", "--key", made["apiKey"], "--secret", "wrong-secret-wrong-secret"
    )
    assert refused.exit_code == 1
    assert "signed" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("venue", "drop", "default"), "the default venue stays"),
        (("venue", "create", "Ä"), "1 to 64 of a-z"),
        (("venue", "show", "nobody"), "there is no venue"),
        (("venue", "restore", "default", "never"), "no snapshot"),
        (("venue", "discard", "default", "strat"), "no snapshot 'strat': there is start"),
        (("account", "list", "--venue", "nobody"), "no venue"),
    ],
)
def test_refusals_say_why(cli: Cli, arguments: tuple[str, ...], reason: str) -> None:
    """Exit code 1 and a sentence."""
    answer = cli(*arguments)
    assert answer.exit_code == 1
    assert reason in answer.stderr


SEED = """
prices: {BTC: 100000}
accounts:
  - name: alice
    balances: {USDT: 1000}
    keys: [{apiKey: alice-key-000001, secret: alice-secret-000001}]
  - name: bob
    balances: {USDT: %s}
"""


def test_made_by_a_seed(cli: Cli, tmp_path: Path) -> None:
    """The secret that was made up is shown; the one that the file has is not."""
    file = tmp_path / "two.yaml"
    file.write_text(SEED % "5")
    made = json.loads(cli("venue", "create", "sown", "--seed", str(file), "--json").stdout)
    alice, bob = made["accounts"]
    assert (made["apiKey"], made["apiSecret"]) == ("alice-key-000001", None)
    assert (alice["name"], alice["secret"]) == ("alice", None)
    signed = ("--key", bob["apiKey"], "--secret", bob["secret"])
    assert cli("get", "/v5/account/info", *signed).exit_code == 0
    assert cli("venue", "drop", "sown").exit_code == 0


def test_seeded_later(cli: Cli, tmp_path: Path) -> None:
    """Beside what is there."""
    file = tmp_path / "two.yaml"
    file.write_text(SEED % "5")
    assert cli("venue", "create", "later").exit_code == 0
    assert "bob" in cli("venue", "seed", "later", str(file)).stdout
    assert len(json.loads(cli("account", "list", "--venue", "later", "--json").stdout)) == 3
    assert cli("venue", "drop", "later").exit_code == 0


@pytest.mark.parametrize(
    ("bad", "reason"),
    [("abc", "8: accounts[1].balances.USDT"), ("-5", "8: accounts[1].balances.USDT")],
)
def test_a_seed_that_cannot_be(cli: Cli, tmp_path: Path, bad: str, reason: str) -> None:
    """File, line and member, whoever found it; and no venue."""
    file = tmp_path / "two.yaml"
    file.write_text(SEED % bad)
    answer = cli("venue", "create", "never", "--seed", str(file))
    assert answer.exit_code == 1
    assert f"{file}:{reason}" in " ".join(answer.stderr.split())
    assert "never" not in cli("venue", "list").stdout

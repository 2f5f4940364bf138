"""utabox loan, utabox collateral."""

import json

import pytest

from .process import Cli


def test_a_loan_is_set_and_ended(cli: Cli) -> None:
    """A rate and a limit are enough; later each alone."""
    tier = "1000:0.2:0.04"
    made = cli("loan", "set", "TRX", "--rate", "0.00001", "--max", "1000", "--tier", tier)
    assert made.exit_code == 0, made.stderr
    assert made.stdout.splitlines()[1].split() == [
        "TRX", "0.00001", "1000", "100000", "0", "1000", "1000:0.2:0.04",
    ]  # fmt: skip
    changed = cli(
        "loan", "set", "TRX", "--rate", "0.5", "--inventory", "7", "--call-min", "1",
        "--call-max", "6", "--decimals", "2", "--free", "3", "--json",
    )  # fmt: skip
    assert json.loads(changed.stdout)["TRX"] == {
        "hourlyRate": "0.5", "familyMax": "1000", "inventory": "7", "callMin": "1", "callMax": "6",
        "decimals": 2, "freeLimit": "3",
        "tiers": [{"limit": "1000", "imr": "0.2", "mmr": "0.04"}],
    }  # fmt: skip
    assert cli("loan", "end", "TRX").stdout == "not lent  TRX\n"
    assert "TRX" not in json.loads(cli("loan", "list", "--json").stdout)


def test_loans_are_listed(cli: Cli) -> None:
    """BTC with the documentation's tiers."""
    lines = cli("loan", "list").stdout.splitlines()
    assert lines[0].split()[:2] == ["COIN", "RATE"]
    (btc,) = [line for line in lines if line.startswith("BTC ")]
    assert btc.split()[1:7] == ["0.000001502122", "3", "300", "0.001", "3", "390:0.2:0.04"]


def test_collateral_is_set(cli: Cli) -> None:
    """What is left out stays."""
    done = cli("collateral", "set", "NEAR", "--capped", "--order", "77", "--off")
    assert done.stdout.splitlines()[1].split() == ["NEAR", "no", "yes", "77", "0:0.9"]
    done = cli(
        "collateral", "set", "NEAR", "--uncapped", "--tier", "0:0.8", "--tier", "10:0", "--json"
    )
    assert json.loads(done.stdout)["NEAR"] == {
        "tiers": [{"minQty": "0", "ratio": "0.8"}, {"minQty": "10", "ratio": "0"}],
        "on": False,
        "capped": False,
        "liquidationOrder": 77,
    }
    assert "NEAR" in cli("collateral", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("loan", "set", "btc", "--rate", "1"), "did you mean BTC?"),
        (("loan", "set", "BTC", "--rate", "much"), "is no number"),
        (("loan", "set", "BTC", "--tier", "1:2"), "is no tier: write LIMIT:IMR:MMR"),
        (("loan", "set", "BTC", "--tier", "1:x:2"), "is no number"),
        (("collateral", "set", "BTC", "--tier", "1"), "is no tier: write FROM:RATIO"),
        (("collateral", "set", "BTC", "--order", "-1"), "not in the range"),
    ],
)
def test_what_does_not_fit_is_told_at_once(
    nobody: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    """Without a server."""
    done = nobody(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("loan", "set", "TSLA", "--rate", "0.1"), ("loan", "set", "BTC", "--rate", "2"),
     ("collateral", "set", "TSLA", "--capped"), ("collateral", "set", "BTC", "--tier", "1:1")],
)  # fmt: skip
def test_what_the_server_refuses(cli: Cli, arguments: tuple[str, ...]) -> None:
    """One sentence."""
    done = cli(*arguments)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1

"""utabox insurance."""

import json

import pytest

from .process import Cli


def test_a_pool_is_filled_and_dropped(cli: Cli) -> None:
    """Its contracts are named with commas, in any order."""
    made = cli("insurance", "set", "USDT", "SOLUSDT,ETHUSDT", "250000.5")
    assert made.exit_code == 0, made.stderr
    head, pool = made.stdout.splitlines()
    assert head.split() == ["COIN", "SYMBOLS", "BALANCE", "UPDATED"]
    assert pool.split()[:3] == ["USDT", "ETHUSDT,SOLUSDT", "250000.5"]
    changed = cli("insurance", "set", "USDT", "ETHUSDT,SOLUSDT", "7", "--json")
    (shown,) = json.loads(changed.stdout)
    assert shown.pop("updatedTime") > 0
    assert shown == {"coin": "USDT", "symbols": ["ETHUSDT", "SOLUSDT"], "balance": "7"}
    assert cli("insurance", "list", "--json").stdout == changed.stdout
    assert cli("insurance", "drop", "USDT", "ETHUSDT,SOLUSDT", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set", "usdt", "BTCUSDT", "1"), "did you mean USDT?"),
        (("set", "USDT", "BTCUSDT", "much"), "is no number"),
        (("drop", "USDT"), "Missing argument"),
    ],
)
def test_what_does_not_fit_is_told_at_once(
    nobody: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    """Without a server."""
    done = nobody("insurance", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set", "USDT", "BTCUSDT", "-1"), "Seen: -1."),
        (("set", "USDT", "BTCPERP", "1"), "Seen: BTCPERP, which settles in USDC."),
        (("set", "USDT", "NOPE", "1"), "Seen: NOPE, which is none."),
        (("drop", "USDT", "BTCUSDT"), "`utabox insurance list`"),
    ],
)
def test_what_the_server_refuses(cli: Cli, arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence or two, with the rule and the next step."""
    done = cli("insurance", *arguments)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1

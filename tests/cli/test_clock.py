"""utabox clock."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .process import Cli, Serving


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """A command line with a server of its own: nobody else's time moves."""
    with Serving(tmp_path, "--memory") as serving:
        yield Cli(tmp_path, serving.url)


def test_frozen_stepped_and_run(cli: Cli) -> None:
    """Each tells how time runs now."""
    frozen = json.loads(cli("clock", "freeze", "--json").stdout)
    stepped = json.loads(cli("clock", "step", "1h30m", "--json").stdout)
    assert (frozen["speed"], frozen["set"]) == ("0", True)
    assert stepped["time"] == frozen["time"] + 90 * 60_000
    shown = cli("clock", "show").stdout
    assert "stands still" in shown
    assert "60 x the machine's" in cli("clock", "run", "--speed", "60").stdout


def test_set_to_a_time_ahead(cli: Cli) -> None:
    """ISO 8601 in UTC; a time that has passed is refused with the reason."""
    ahead = json.loads(cli("clock", "set", "2150-01-01T00:00:00Z", "--json").stdout)
    assert ahead["time"] - 5_680_281_600_000 in range(60_000)  # 2150-01-01, and what passed since
    back = cli("clock", "set", "2140-01-01T00:00:00Z")
    assert back.exit_code == 1
    assert "never go back" in back.stderr
    assert "Seen: 2140-01-01T00:00:00.000+00:00, about 10 years before." in back.stderr
    assert "`utabox venue reset`" in back.stderr


def test_ahead_of_the_machine_it_does_not_follow(cli: Cli) -> None:
    """The distance is readable, and the way out names the venue: it works."""
    assert cli("venue", "create", "later").exit_code == 0
    assert cli("clock", "step", "1h30m4s", "--venue", "later").exit_code == 0
    refused = cli("clock", "follow", "--venue", "later")
    assert refused.exit_code == 1
    assert "1 h 30 min behind" in refused.stderr
    assert "`utabox venue reset later`" in refused.stderr
    assert cli("venue", "reset", "later").exit_code == 0
    assert json.loads(cli("clock", "show", "--venue", "later", "--json").stdout)["set"] is False


@pytest.mark.parametrize("arguments", [("step", "-1h"), ("step", "-90s"), ("set", "-1d")])
def test_time_goes_forward_only(cli: Cli, arguments: tuple[str, ...]) -> None:
    """Which is no unknown option, nor a call for help."""
    answer = cli("clock", *arguments)
    assert answer.exit_code == 2
    assert f"{arguments[1]} is in the past, and time goes forward only" in answer.stderr
    assert "utabox venue reset" in answer.stderr


def test_a_step_of_years_says_how_far_one_goes(cli: Cli) -> None:
    """In days, as it was asked for."""
    assert "by up to 366 days" in cli("clock", "step", "1000d").stderr


@pytest.mark.parametrize("length", ["soon", "1h-", "h", "1 h", "-5"])
def test_what_is_no_length_of_time(cli: Cli, length: str) -> None:
    """A usage error that shows how to write one."""
    answer = cli("clock", "step", "--", length)
    assert answer.exit_code == 2
    assert "1h30m" in answer.stderr


def test_calls_follow_the_venue_s_clock(cli: Cli) -> None:
    """What `utabox get` signs is not stale, in whichever venue the key is."""
    assert cli("clock", "step", "2d").exit_code == 0
    assert cli("get", "/v5/account/info").exit_code == 0
    made = json.loads(cli("venue", "create", "later", "--json").stdout)
    assert cli("clock", "step", "9d", "--venue", "later").exit_code == 0
    signed = ("--key", made["apiKey"], "--secret", made["apiSecret"])
    assert cli("get", "/v5/account/info", *signed).exit_code == 0
    assert cli("get", "/v5/account/info", *signed, "--venue", "later").exit_code == 0

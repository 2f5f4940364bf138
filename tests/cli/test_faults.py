"""utabox fault."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .process import Cli, Serving


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """A command line with a server of its own: nobody else's requests fail."""
    with Serving(tmp_path, "--memory") as serving:
        yield Cli(tmp_path, serving.url)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """For orders of which none is ever carried out."""
    home = tmp_path_factory.mktemp("orders")
    with Serving(home, "--memory") as serving:
        yield Cli(home, serving.url)


def test_added_met_listed_and_removed(cli: Cli) -> None:
    """Three lines a fault: what it is about, how often it was met, and how to be rid of it."""
    added = cli("fault", "add", "--path", "/v5/account/info", "--ret-code", "10016",
                "--times", "1", "--note", "flaky")  # fmt: skip
    assert added.stdout == (
        "id     1\n"
        "fault  /v5/account/info, at most 1 x: not executed, retCode 10016 instead of its answer\n"
    )
    refused = cli("get", "/v5/account/info")
    assert refused.exit_code == 1
    assert "10016" in refused.stderr
    assert cli("get", "/v5/account/info").exit_code == 0

    listed = cli("fault", "list").stdout.splitlines()
    assert listed[0].split() == ["ID", "MATCHED", "FIRED", "LEFT", "NOTE", "FAULT"]
    assert listed[1].split()[:5] == ["1", "1", "1", "spent", "flaky"]

    assert cli("fault", "remove", "1").stdout == "removed: 1\n"
    assert json.loads(cli("fault", "list", "--json").stdout) == []


def test_all_are_removed(cli: Cli) -> None:
    """Or none, where there are none."""
    for _ in range(2):
        cli("fault", "add", "--status", "500")
    assert cli("fault", "remove", "--all").stdout == "removed: 1, 2\n"
    assert cli("fault", "remove", "--all").stdout == "removed: none, there were none\n"


ORDERS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "a status": (("--status", "403", "--body", "text"), {"status": 403, "body": "text"}),
    "a delay": (("--delay", "500", "--jitter", "2s"), {"delayMs": 500, "jitterMs": 2000}),
    "a close": (("--close", "middle"), {"close": "middle", "executed": True}),
    "a lost request": (("--close", "before"), {"close": "before", "executed": False}),
    "a lost answer": (
        ("--executed", "--close", "before", "--reset"), {"executed": True, "reset": True},
    ),
    "fields": (
        ("--drop", "result.a", "--drop", "time", "--blank", "b", "--retype", "c"),
        {"drop": ["result.a", "time"], "blank": ["b"], "retype": ["c"]},
    ),
    "chance": (
        ("--probability", "0.1", "--seed", "7", "--status", "500"),
        {"probability": "0.1", "seed": 7},
    ),
    "counts": (
        ("--nth", "2", "--every", "3", "--status", "500"), {"nth": 2, "every": 3, "times": None},
    ),
    "scope": (
        ("--method", "POST", "--key", "abc", "--path", "/v5/*", "--status", "500"),
        {"method": "POST", "apiKey": "abc", "path": "/v5/*"},
    ),
    "headers": (("--no-limit-headers",), {"limitHeaders": False}),
    "a text": (("--ret-code", "-1", "--ret-msg", "no"), {"retCode": -1, "retMsg": "no"}),
    "a time": (
        ("--until", "2150-01-01T00:00:00Z", "--status", "500"), {"until": 5_680_281_600_000},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "fault"), ORDERS.values(), ids=ORDERS)
def test_what_can_be_ordered(orders: Cli, options: tuple[str, ...], fault: dict[str, Any]) -> None:
    """Each option is a member of the door's body."""
    added = json.loads(orders("fault", "add", *options, "--json").stdout)
    assert {name: added[name] for name in fault} == fault


MISTAKES = [
    (("--path", "/v5/account/inf", "--ret-code", "10016"),
     "no endpoint here has this path (did you mean /v5/account/info?)"),
    (("--path", "/v5/acount/*", "--ret-code", "10016"),
     "no endpoint here begins so (did you mean /v5/account/*?)"),
    (("--path", "/v5/position/list", "--ret-code", "10016"),
     "no endpoint here has this path (the exchange has it, utabox has not yet)"),
    (("--path", "/v5/qqqqqqqq", "--ret-code", "10016"),
     "no endpoint here has this path (`utabox routes` lists what is here)"),
    (("--path", "/v5/account/info", "--method", "POST", "--status", "500"),
     "no endpoint here takes POST at this path (did you mean GET?)"),
    (("--ret-code", "99999"),
     "retCode 99999 is no documented code; its text is 'ordered by a fault'"),
    (("--ret-code", "99999", "--ret-msg", "hm"),
     "retCode 99999 is no documented code; its text is 'hm'"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "note"), MISTAKES)
def test_what_may_be_misspelt_is_taken_with_a_note(
    orders: Cli, options: tuple[str, ...], note: str
) -> None:
    """On stderr for people, a member of the answer for programs."""
    told = orders("fault", "add", *options)
    assert (told.exit_code, told.stderr) == (0, f"note: {note}.\n")
    assert json.loads(orders("fault", "add", *options, "--json").stdout)["warnings"] == [note]


@pytest.mark.parametrize("path", ["/v5/account/info", "/v5/account/*", "/v5/*", "/v5/order/*"])
@pytest.mark.parametrize("code", ["10001", "10016", "110007", "0"])
def test_what_is_here_and_documented_has_no_note(orders: Cli, path: str, code: str) -> None:
    """One endpoint below it is enough."""
    told = orders("fault", "add", "--path", path, "--ret-code", code)
    assert (told.exit_code, told.stderr) == (0, "")


def test_for_a_time(orders: Cli) -> None:
    """From now on, by the venue's clock."""
    added = json.loads(orders("fault", "add", "--for", "90s", "--status", "500", "--json").stdout)
    assert added["until"] - added["createdAt"] == 90_000


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 1, "at least one of retCode"),
        (("--status", "299"), 1, "one of 200, 400"),
        (("--path", "account/info", "--status", "500"), 1, "begins with /v5/"),
        (
            ("--status", "500", "--until", "2001-01-01T00:00:00Z"),
            1,
            "2001-01-01T00:00:00.000+00:00 has passed",
        ),
        (("--close", "never"), 2, "middle"),
        (("--delay", "soon"), 2, "1h30m"),
        (("--times", "0", "--status", "500"), 2, "--times"),
    ],
)
def test_what_cannot_be_ordered(
    orders: Cli, options: tuple[str, ...], code: int, said: str
) -> None:
    """The sentence says what would fit."""
    answer = orders("fault", "add", *options)
    assert answer.exit_code == code
    assert said in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "--all"),
        (("1", "--all"), 2, "--all"),
        (("x",), 2, "x"),
        (("999",), 1, "there is no fault '999'"),
    ],
)
def test_what_cannot_be_removed(
    orders: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """One that is not there, or nothing at all."""
    answer = orders("fault", "remove", *arguments)
    assert answer.exit_code == code
    assert said in answer.stderr


def test_a_connection_that_a_fault_closes_is_no_server_that_is_down(cli: Cli) -> None:
    """The call says that there was no answer, and where to look."""
    assert cli("fault", "add", "--path", "/v5/account/info", "--close", "before").exit_code == 0
    answer = cli("get", "/v5/account/info")
    assert answer.exit_code == 1
    assert "closed the connection" in answer.stderr
    assert "utabox fault list" in answer.stderr
    assert cli("fault", "remove", "--all").exit_code == 0

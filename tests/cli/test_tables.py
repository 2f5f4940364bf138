"""Tables on terminals of any width: nothing is cut, and numbers stay whole."""

import re
from pathlib import Path

import pytest

from utabox.endpoint import declared

from .process import Cli, Serving, on_terminal

WIDTHS = ["60", "80", "200"]


def plain(text: str) -> list[str]:
    """The lines without their colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "").splitlines()


@pytest.mark.parametrize("columns", WIDTHS)
def test_an_account_keeps_its_numbers(server: Serving, cli: Cli, columns: str) -> None:
    equity = cli("account", "show", "100000001").stdout.split()[-1]

    lines = plain(on_terminal(server.home, "account", "list", UTABOX_URL=server.url,
                              COLUMNS=columns))  # fmt: skip

    assert max(map(len, lines)) <= int(columns)
    assert any("100000001" in line.split() for line in lines)
    assert any(equity in line.split() for line in lines)


@pytest.mark.parametrize("columns", WIDTHS)
def test_routes_keep_their_summaries(tmp_path: Path, columns: str) -> None:
    lines = plain(on_terminal(tmp_path, "routes", COLUMNS=columns))

    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= int(columns)
    assert all(endpoint.path in text for endpoint in declared())
    assert all(word in text for endpoint in declared() for word in endpoint.summary.split())


def test_a_narrow_terminal_gets_a_block_for_each_row(tmp_path: Path) -> None:
    lines = plain(on_terminal(tmp_path, "routes", COLUMNS="60"))

    info = lines.index("path        /v5/account/info")
    assert lines[info - 1] == "method      GET"
    assert lines[info + 3].startswith("summary     The margin mode")


def test_a_wide_terminal_gets_a_line_for_each_row(tmp_path: Path) -> None:
    lines = plain(on_terminal(tmp_path, "routes", COLUMNS="200"))

    assert lines[0].split() == ["METHOD", "PATH", "LIMIT", "PERMISSION", "SUMMARY"]
    assert any(re.match(r"GET +/v5/account/info +50/s +any key +The margin", x) for x in lines)


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_field_keeps_its_value(server: Serving, columns: str) -> None:
    lines = plain(on_terminal(server.home, "get", "/v5/account/info", UTABOX_URL=server.url,
                              COLUMNS=columns))  # fmt: skip

    assert any("REGULAR_MARGIN" in line.split() for line in lines)
    assert max(map(len, lines[1:])) <= int(columns)

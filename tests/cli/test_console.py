"""utabox console."""

import json
import urllib.request

from .process import Cli, Serving


def test_it_prints_a_code_that_lets_a_page_in(server: Serving, cli: Cli) -> None:
    """Where the console is, and a code; the URL has neither the code nor the token in it."""
    told = cli("console").stdout
    url, _, rest = told.partition("\n\ncode: ")
    code = rest.split()[0]
    assert url == f"{server.url}/-/console"

    request = urllib.request.Request(
        f"{server.url}/-/session",
        json.dumps({"code": code}).encode(),
        {"X-Utabox-Console": "1", "Origin": server.url},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert json.load(reply) == {"in": True}


def test_as_json(server: Serving, cli: Cli) -> None:
    """For programs that drive a browser."""
    told = json.loads(cli("console", "--json").stdout)
    assert (told["url"], told["seconds"]) == (f"{server.url}/-/console", 120)
    assert len(told["code"]) == 14


def test_without_a_server(nobody: Cli) -> None:
    """One sentence."""
    refused = nobody("console")
    assert refused.exit_code == 1
    assert "start one with `utabox serve`" in refused.stderr

"""What the API explorer's pages are made from: names, examples, meanings, clients."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ccxt
import pytest
from pybit.unified_trading import HTTP
from tests.actors import SPEC, Actor, Exchange

from utabox.endpoint import Endpoint, declared
from utabox.server.examples import CALLS
from utabox.server.openapi import pages

ROOT = Path(__file__).resolve().parents[2]
DATA = "/docs/api-explorer/data.json"

REFUSED = {
    # What a new account has not: options' market maker protection, debts, sub-accounts, ...
    "POST /v5/account/mmp-modify": 3500713,
    "POST /v5/account/mmp-reset": 3500713,
    "GET /v5/account/mmp-state": 3500713,
    "POST /v5/account/no-convert-repay": 176016,
    "POST /v5/account/quick-repayment": 182102,
    "POST /v5/account/repay": 176016,
    "POST /v5/account/set-hedging-mode": 140001,
    "POST /v5/asset/transfer/save-transfer-sub-member": 141009,
    "POST /v5/asset/transfer/universal-transfer": 131202,
    "POST /v5/order/disconnected-cancel-all": 10001,  # the account has no such product
    "POST /v5/spot-margin-trade/set-leverage": 176038,
    "POST /v5/user/create-sub-api": 141009,
    "POST /v5/user/del-submember": 141009,
    "POST /v5/user/delete-sub-api": 10001,  # which key, no example can know
    "POST /v5/user/frozen-sub-member": 141009,
    "GET /v5/user/sub-apikeys": 141009,
    "POST /v5/user/update-sub-api": 10001,
}
"""Examples that are understood and refused by a new store's account, each with its why."""


@pytest.mark.parametrize("endpoint", declared(), ids=lambda each: f"{each.method} {each.path}")
def test_the_example_of_each_endpoint_works(exchange: Exchange, endpoint: Endpoint) -> None:
    """What a form begins with is a call that the demo account can make, or one with a why."""
    route = f"{endpoint.method} {endpoint.path}"
    server = exchange.server
    demo = Actor(exchange, 0, server.api_key, server.api_secret)
    given = CALLS.get(route, {})
    get = endpoint.method == "GET"
    reply = demo.get(endpoint.path, urlencode(given)) if get else demo.post(endpoint.path, **given)
    assert (reply.status, reply.retCode) == (200, REFUSED.get(route, 0)), reply.body


def test_examples_are_of_endpoints_that_are_here() -> None:
    """And of no parameter that an endpoint does not take."""
    takes = {
        f"{each.method} {each.path}": getattr(each.params, "__struct_encode_fields__", ())
        for each in declared()
    }
    assert CALLS.keys() <= takes.keys()
    assert [route for route in CALLS if not set(CALLS[route]) <= set(takes[route])] == []


def test_every_page_has_a_name_of_its_own() -> None:
    """The exchange's; two endpoints of one page are told apart by their paths."""
    assert len(pages()) == len(declared())
    assert pages()["account/account-info"].path == "/v5/account/info"
    assert pages()["demo/create-demo-member"].path == "/v5/user/create-demo-member"
    assert pages()["demo/demo-apply-money"].path == "/v5/account/demo-apply-money"
    assert pages()["account/contract-transaction-log"].no_page


def test_the_document_says_what_the_explorer_shows(exchange: Exchange) -> None:
    """Where to try it, an example of each parameter, and what values mean."""
    document = exchange.get("/openapi.json").json
    balance = document["paths"]["/v5/account/wallet-balance"]["get"]
    assert balance["x-explorer"] == "/docs/api-explorer/v5/account/wallet-balance"
    account_type, coin = balance["parameters"]
    assert (account_type["example"], coin["x-suggestion"]) == ("UNIFIED", "USDT")
    mode = document["paths"]["/v5/account/set-margin-mode"]["post"]
    content = mode["requestBody"]["content"]["application/json"]
    assert content["example"] == {"setMarginMode": "PORTFOLIO_MARGIN"}
    meanings = document["components"]["schemas"]["AccountKind"]["x-enum-descriptions"]
    assert meanings["5"] == "unified account 2.0"


def test_codes_come_with_what_is_known_of_them(exchange: Exchange) -> None:
    """The documentation's words, ours, and when the door says so."""
    data = exchange.get(DATA).json
    assert data["errors"]["10004"] == "signature error"
    assert data["messages"]["10003"][0]["retMsg"] == "API key is invalid."
    expired = next(each for each in data["door"] if each["retCode"] == 33004)
    assert expired["when"] == "from the instant of its expiry"


def test_what_is_documented_and_not_here_is_listed(exchange: Exchange) -> None:
    """Every endpoint of the documentation is a page, or stands in that list."""
    if not SPEC.is_dir():
        pytest.skip("conformance data (../shared/spec) is not beside this clone")
    data = exchange.get(DATA).json
    spec = json.loads((SPEC / "endpoints.json").read_text("utf-8"))["endpoints"]
    documented = {(each["method"], each["path"]) for each in spec}
    absent = {(method, path) for _, method, path, _, _ in data["documented"]}
    here = {tuple(route.split(" ")) for route in data["pages"].values()}
    assert absent == documented - here


def test_how_much_is_here_is_said_in_the_same_words(exchange: Exchange) -> None:
    """Of the explorer and of the page of the coverage: 88 and 311 are 399, and 4 have no page."""
    words = exchange.get(DATA).json["coverage"]
    assert words == "88 of the 399 documented, and 4 that clients call though their pages are gone"
    assert words in (ROOT / "docs" / "coverage.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/docs", "docs/api-explorer/"),
        ("/docs/", "api-explorer/"),
        ("/docs/api-explorer", "api-explorer/"),
        ("/venues/mine/docs", "docs/api-explorer/"),
    ],
)
def test_short_paths_lead_to_the_explorer(exchange: Exchange, path: str, rest: str) -> None:
    """Relative to themselves, so that the base URL of a venue stays before them."""
    exchange.control("POST", "/-/venues", {"name": "mine"})
    reply = exchange.get(path)
    assert (reply.status, reply.headers["location"]) == (308, rest)


def calls(exchange: Exchange) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = exchange.get(DATA).json["clients"]
    return known


def test_pybit_and_ccxt_have_the_names(exchange: Exchange) -> None:
    """Under which the explorer's code calls an endpoint."""
    known = calls(exchange)
    assert known.keys() == {f"{each.method} {each.path}" for each in declared()}
    names = [each["pybit"] for each in known.values() if "pybit" in each]
    assert [name for name in names if not hasattr(HTTP, name)] == []
    bybit = ccxt.bybit()
    names = [each["ccxt"] for each in known.values() if "ccxt" in each]
    assert [name for name in names if not hasattr(bybit, name)] == []


def test_bybit_api_has_the_names(exchange: Exchange) -> None:
    """In Node."""
    names = [each["bybit-api"] for each in calls(exchange).values() if "bybit-api" in each]
    script = (
        "import { RestClientV5 } from 'bybit-api';"
        f"const missing = {json.dumps(names)}.filter((name) => !RestClientV5.prototype[name]);"
        "console.log(JSON.stringify(missing));"
    )
    node = ["node", "--input-type=module", "-e", script]
    ran = subprocess.run(node, capture_output=True, check=True, cwd=ROOT / "tests" / "clients")
    assert json.loads(ran.stdout) == []

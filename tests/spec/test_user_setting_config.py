"""GET /v5/account/user-setting-config"""

from tests.actors import Exchange, oracle

PATH = "/v5/account/user-setting-config"
DEFAULTS = {
    "lpaSpot": False, "lpaPerp": False, "deltaEnable": False, "smsef": False, "fmsef": False,
}  # fmt: skip


def test_the_defaults(exchange: Exchange) -> None:
    """Spot rejects and futures adjusts, which is false and false (8.4)."""
    reply = exchange.account().get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result == DEFAULTS


def test_every_setting_shows_in_its_own_field(exchange: Exchange) -> None:
    """And in no other."""
    alice = exchange.account()
    alice.post("/v5/account/set-limit-px-action", category="spot", modifyEnable=True)
    assert alice.get(PATH).result == DEFAULTS | {"lpaSpot": True}
    alice.post("/v5/account/set-limit-px-action", category="linear", modifyEnable=False)
    assert alice.get(PATH).result == DEFAULTS | {"lpaSpot": True, "lpaPerp": True}
    alice.post("/v5/account/set-delta-mode", deltaEnable="1")
    assert alice.get(PATH).result == DEFAULTS | {
        "lpaSpot": True, "lpaPerp": True, "deltaEnable": True,
    }  # fmt: skip


def test_nothing_is_inherited(exchange: Exchange) -> None:
    """A sub-account has its own settings (2.6, 8.5)."""
    master = exchange.account()
    master.post("/v5/account/set-delta-mode", deltaEnable="1")
    master.post("/v5/account/set-limit-px-action", category="spot", modifyEnable=True)
    assert exchange.account(parent=master.uid).get(PATH).result == DEFAULTS


def test_any_key_may_ask(exchange: Exchange) -> None:
    """A read-only one of a classic account, too (4.4)."""
    key = exchange.account(kind=1).key(permissions=["Earn:Earn"], readOnly=True)
    assert key.get(PATH).result == DEFAULTS


def test_during_an_upgrade(exchange: Exchange) -> None:
    """Reads go on."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.get(PATH).result == DEFAULTS


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """As its headers say."""
    headers = exchange.account().get(PATH).headers
    assert (headers["x-bapi-limit"], headers["x-bapi-limit-status"]) == ("50", "49")


def test_the_documented_shape(exchange: Exchange) -> None:
    """The example leaves out deltaEnable, which the page's table has."""
    reply = exchange.account().get(PATH)
    oracle().assert_matches(
        reply.json, "account/get-user-setting-config", ignore=["result.deltaEnable"]
    )

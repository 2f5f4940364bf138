"""GET /v5/user/query-api: what the calling key is and may do."""

from tests.actors import Exchange, oracle

PATH = "/v5/user/query-api"
DAY = 86_400_000
GROUPS = [
    "ContractTrade", "Spot", "Wallet", "Options", "Derivatives", "CopyTrading", "BlockTrade",
    "Exchange", "NFT", "Affiliate", "Earn", "FiatP2P", "FiatConvertBroker", "FiatGlobalPay",
    "FiatBitPay", "BitCard", "ByXPost",
]  # fmt: skip


def test_a_masters_key(exchange: Exchange) -> None:
    """Unbound: it ends 90 days after its making (4.3)."""
    alice = exchange.account(vip="VIP-2")
    reply = alice.get(PATH)
    result = reply.result

    assert (reply.retCode, reply.retMsg) == (0, "")
    assert (result["apiKey"], result["secret"], result["rsaPublicKey"]) == (alice.api_key, "", "")
    assert (result["userID"], result["isMaster"], result["parentUid"]) == (alice.uid, True, "0")
    assert (result["readOnly"], result["type"], result["ips"]) == (0, 1, ["*"])
    assert (result["uta"], result["unified"], result["vipLevel"]) == (1, 0, "VIP-2")
    assert result["createdAt"] == "2025-05-27T02:24:00Z"
    assert result["expiredAt"] == "2025-08-25T02:24:00Z"
    assert result["deadlineDay"] == 90
    assert list(result["permissions"]) == GROUPS
    assert result["permissions"]["ContractTrade"] == ["Order", "Position"]


def test_days_left(exchange: Exchange) -> None:
    """Whole days; 33004 from the instant of expiry."""
    alice = exchange.account()
    exchange.clock.advance(89 * DAY)
    assert alice.get(PATH).result["deadlineDay"] == 1
    exchange.clock.advance(DAY - 1)
    assert alice.get(PATH).result["deadlineDay"] == 0
    exchange.clock.advance(1)
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (33004, "Your api key has expired.")


def test_a_bound_key_never_expires(exchange: Exchange) -> None:
    """Negative days and the epoch, as in the page's example."""
    key = exchange.account().key(ips=["127.0.0.1", "10.1.2.3"])
    result = key.get(PATH).result
    assert result["ips"] == ["127.0.0.1", "10.1.2.3"]
    assert result["deadlineDay"] < 0
    assert result["expiredAt"] == "1970-01-01T00:00:00Z"


def test_a_sub_accounts_key(exchange: Exchange) -> None:
    """It names its parent and holds no more than a sub may (4.2)."""
    master = exchange.account()
    result = exchange.account(parent=master.uid).get(PATH).result
    assert (result["isMaster"], result["parentUid"]) == (False, str(master.uid))
    assert result["permissions"]["Wallet"] == ["AccountTransfer", "SubMemberTransferList"]
    assert result["permissions"]["BlockTrade"] == []
    assert result["permissions"]["Affiliate"] == []


def test_a_read_only_third_party_key(exchange: Exchange) -> None:
    """Flags, note and just the permissions that it was given."""
    key = exchange.account().key(
        readOnly=True, thirdParty=True, note="a & b <c>", permissions=["Spot:SpotTrade"]
    )
    reply = key.get(PATH)
    held = {name: values for name, values in reply.result["permissions"].items() if values}
    assert (reply.result["readOnly"], reply.result["type"]) == (1, 2)
    assert held == {"Spot": ["SpotTrade"]}
    assert reply.result["note"] == "a & b <c>"
    assert b"a \\u0026 b \\u003cc\\u003e" in reply.body


def test_a_classic_account(exchange: Exchange) -> None:
    """uta follows from the same state as unifiedMarginStatus."""
    alice = exchange.account(kind=1)
    assert alice.get(PATH).result["uta"] == 0
    alice.set(kind=5)
    assert alice.get(PATH).result["uta"] == 1


def test_the_limit_is_ten_a_second(exchange: Exchange) -> None:
    """The eleventh is refused."""
    alice = exchange.account()
    assert [alice.get(PATH).retCode for _ in range(11)] == [0] * 10 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """With the four members that only the example shows; dates as there."""
    oracle().assert_matches(exchange.account().get(PATH).json, "user/apikey-info")

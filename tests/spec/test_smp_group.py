"""GET /v5/account/smp-group"""

from tests.actors import Exchange, oracle

PATH = "/v5/account/smp-group"


def test_none(exchange: Exchange) -> None:
    """0."""
    reply = exchange.account().get(PATH)
    assert (reply.retCode, reply.retMsg, reply.result) == (0, "success", {"smpGroup": 0})


def test_a_masters_group_flows_to_its_subs(exchange: Exchange) -> None:
    """To existing and to new ones, each of which may be overridden (8.2)."""
    master, stranger = exchange.account(), exchange.account()
    before = exchange.account(parent=master.uid)

    master.set(smpGroup=1001)
    after = exchange.account(parent=master.uid)
    before.set(smpGroup=2002)

    groups = [actor.get(PATH).result["smpGroup"] for actor in (master, before, after, stranger)]
    assert groups == [1001, 2002, 1001, 0]


def test_account_info_does_not_show_it(exchange: Exchange) -> None:
    """Its field is deprecated."""
    alice = exchange.account()
    alice.set(smpGroup=1001)
    assert alice.info["smpGroup"] == 0


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """The sixth is refused."""
    alice = exchange.account()
    assert [alice.get(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """An integer in an object."""
    oracle().assert_matches(exchange.account().get(PATH).json, "account/smp-group")

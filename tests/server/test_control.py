"""The control doors: who may come in, and what they do."""

import json
import threading
import time

import pytest
from tests.actors import Exchange, Reply, Wire, running
from tests.journal.faults import GatedJournal

from utabox.embedded import Server
from utabox.journal.memory import MemoryJournal
from utabox.server.control import DOORS


def knock(exchange: Exchange, path: str = "/-/accounts", **headers: str) -> int:
    """The status of a call with just these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange.wire.send("GET", path, named).status


def test_the_token_is_needed(exchange: Exchange) -> None:
    """401 without it, with a wrong one, or with it in another place."""
    token = exchange.server.token
    assert knock(exchange) == 401
    assert knock(exchange, Authorization="Bearer wrong") == 401
    assert knock(exchange, Authorization=token) == 401
    assert knock(exchange, f"/-/accounts?token={token}") == 401
    assert knock(exchange, Authorization=f"Bearer {token}") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "[::1]evil.example",
        "127.0.0.1:evil",
        "127.",
        "127.evil.example",
    ],
)
def test_a_foreign_host_name_is_refused(exchange: Exchange, host: str) -> None:
    """A page of another origin that resolves its name to loopback (DNS rebinding)."""
    token = exchange.server.token
    assert knock(exchange, Authorization=f"Bearer {token}", Host=host) == 403
    assert knock(exchange, Authorization=f"Bearer {token}", Host="localhost:1") == 200


def test_every_door_refuses_a_stranger(exchange: Exchange) -> None:
    """None was forgotten."""
    statuses = {
        exchange.wire.send(door.method, door.path, {}, b"{}" if door.body else None).status
        for door in DOORS
    }
    assert statuses == {401}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/-/nope", None, 404),
        ("DELETE", "/-/accounts", None, 405),
        ("GET", "/-/accounts/x", None, 400),
        ("GET", "/-/accounts/404", None, 400),
        ("GET", "/-/accounts?limit=many", None, 400),
        ("POST", "/-/accounts", {"kind": 2}, 400),
        ("POST", "/-/accounts", {"colour": "red"}, 400),
        ("POST", "/-/accounts", {"colour` - at `$.kind": "red"}, 400),
        ("POST", "/-/accounts", {"vipLevel": 1e5, "kind": 5}, 400),
        ("POST", "/-/accounts", [], 400),
        ("PATCH", "/-/accounts/404", {"leader": True}, 400),
        ("PATCH", "/-/accounts/100000001", {"mmpCoins": ["NOPE"]}, 400),
        ("PATCH", "/-/accounts/100000001", {"mmpCoins": "BTC"}, 400),
        ("POST", "/-/accounts/100000001/fund", {"coin": "NOPE", "amount": "1"}, 400),
        ("POST", "/-/accounts/100000001/fund", {"coin": "USDT", "amount": "x"}, 400),
        ("POST", "/-/keys", {"uid": 404}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "permissions": ["Spot:Nope"]}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "publicKey": "no pem"}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "secret": ""}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "apiKey": "a b"}, 400),
        ("DELETE", "/-/keys/unknown", None, 404),
        ("PUT", "/-/prices/BTC", {"price": "0"}, 400),
        ("PUT", "/-/prices/B%20C", {"price": "1"}, 400),
        ("PATCH", "/-/switches", {"upgradeDelayMs": -1}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "expiresAt": 2**64}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "expiresAt": 2**70}, 400),
        ("POST", "/-/keys", {"uid": 100000001, "expiresAt": -(10**17)}, 400),
        ("PATCH", "/-/keys/utabox0000000000AA", {"expiresAt": 2**63}, 400),
        ("PUT", "/-/prices/BTC", {"price": "1E-999999"}, 400),
        ("GET", "/-/accounts?after=" + "9" * 5000, None, 400),
    ],
)
def test_what_does_not_fit(
    exchange: Exchange, method: str, path: str, body: object, status: int
) -> None:
    """One sentence with the next step, and nothing changed."""
    entries = exchange.entries
    reply = exchange.control_reply(method, path, body)
    assert reply.status == status
    assert len(reply.json["error"]) > 20
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        (
            "POST", "/-/faults", {"pth": "/v5/*", "status": 500},
            "pth: there is no such member: did you mean path? docs/control.md says what /-/faults "
            "takes",
        ),
        (
            "PUT", "/-/prices/BTC", {"usd": "1"},
            "usd: there is no such member: it takes price; docs/control.md says what "
            "/-/prices/{coin} takes",
        ),
        (
            "PUT", "/-/loans/BTC", {"tiers": [{"limit": 1, "imr": 1, "mmrr": 1}]},
            "mmrr in tiers[0]: there is no such member: did you mean mmr? docs/control.md says "
            "what /-/loans/{coin} takes",
        ),
        (
            "POST", "/-/venues", {"environment": "mars"},
            "Invalid enum value 'mars', which is none of mainnet, testnet, demo, testnet-demo - at "
            "`$.environment`: docs/control.md says what /-/venues takes",
        ),
        (
            "POST", "/-/faults", {"close": "never"},
            "Invalid enum value 'never', which is none of after, before, middle - at `$.close`: "
            "docs/control.md says what /-/faults takes",
        ),
        (
            "PATCH", "/-/switches", {"textEpoch": 2024},
            "Invalid enum value '2024', which is none of 2023, 2026 - at `$.textEpoch`: "
            "docs/control.md says what /-/switches takes",
        ),
        (
            "PATCH", "/-/switches", {"wireExact": 1},
            "Expected `bool | null`, got `int` - at `$.wireExact`: docs/control.md says what "
            "/-/switches takes",
        ),
        (
            "POST", "/-/accounts/100000001/fund", {"coin": "USTD", "amount": "1"},
            "USTD has no price: did you mean USDT? Or give it one first: `utabox price set USTD "
            "USD`.",
        ),
        (
            "POST", "/-/accounts/100000001/fund", {"coin": "QQQ", "amount": "1"},
            "QQQ has no price: `utabox price list` shows which have. Or give it one first: `utabox "
            "price set QQQ USD`.",
        ),
    ],
)  # fmt: skip
def test_what_is_near_is_told(
    exchange: Exchange, method: str, path: str, body: object, sentence: str
) -> None:
    """The member or coin that was meant, or what there is."""
    reply = exchange.control_reply(method, path, body)
    assert (reply.status, reply.json["error"]) == (400, sentence)


def test_a_name_that_looks_like_a_number_may_be_given_as_one(exchange: Exchange) -> None:
    """As in a seed; beside members of all kinds, which stay what they are."""
    body = {"textEpoch": 2023, "upgradeDelayMs": 7, "wireExact": True, "getWithBody": "allowed"}
    changed = exchange.control("PATCH", "/-/switches", body)
    assert {name: changed[name] for name in body} == {**body, "textEpoch": "2023"}


def test_an_answer_waits_as_it_was() -> None:
    """A door's answer tells the state of its moment, and leaves when that is durable: what
    was decided meanwhile is not in it."""
    journal = GatedJournal(MemoryJournal())
    journal.gate.release()  # for what an empty store begins with
    with Server(journal=journal) as server:
        wires = [Wire(server.url) for _ in range(4)]
        headers = {"Authorization": f"Bearer {server.token}"}
        answers: dict[int, Reply] = {}

        def send(number: int, method: str, body: bytes | None) -> threading.Thread:
            path = "/-/prices/BTC" if body else "/-/prices"

            def call() -> None:
                answers[number] = wires[number].send(method, path, headers, body)

            thread = threading.Thread(target=call)
            thread.start()
            return thread

        def decided(entries: int) -> None:
            until = time.monotonic() + 10
            while server.call(lambda: server.venue.runtime.state.seq) < entries:
                assert time.monotonic() < until
                time.sleep(0.005)

        before = server.call(lambda: server.venue.runtime.state.seq)
        assert journal.begun.acquire(timeout=10)  # the flush of those first entries
        threads = [send(0, "PUT", b'{"price":"11"}')]
        assert journal.begun.acquire(timeout=10)
        threads.append(send(1, "GET", None))
        time.sleep(0.1)
        threads.append(send(2, "PUT", b'{"price":"22"}'))
        decided(before + 2)
        assert answers == {}
        journal.gate.release()
        threads[0].join(10)
        threads[1].join(10)
        assert answers[1].json["BTC"] == "11"
        assert 2 not in answers
        journal.gate.release(5)
        threads[2].join(10)
        assert answers[2].json == {"BTC": "22"}
        for wire in wires:
            wire.close()


def test_malformed_json(exchange: Exchange) -> None:
    """400, not a traceback."""
    headers = {"Authorization": f"Bearer {exchange.server.token}"}
    for_body = exchange.wire.send("POST", "/-/accounts", headers, b"{")
    assert (for_body.status, "error" in for_body.json) == (400, True)


def test_a_key_shows_its_secret_once(exchange: Exchange) -> None:
    """In the answer that made it up, and nowhere else; a chosen one is not repeated."""
    made = exchange.control("POST", "/-/keys", {"uid": 100000001})
    chosen = exchange.control(
        "POST", "/-/keys", {"uid": 100000001, "apiKey": "mine", "secret": "chosen-secret"}
    )
    assert len(made["secret"]) == 36
    assert "secret" not in chosen
    listed = json.dumps(exchange.control("GET", "/-/keys"))
    assert made["secret"] not in listed
    assert "chosen-secret" not in listed + json.dumps(exchange.control("GET", "/-/requests"))


def test_lists_go_page_by_page(exchange: Exchange) -> None:
    """`after` is the last one seen; nothing is missed, nothing comes twice."""
    made = [exchange.account().uid for _ in range(5)]
    first = exchange.control("GET", "/-/accounts?limit=3")
    rest = exchange.control("GET", f"/-/accounts?limit=10&after={first[-1]['uid']}")
    assert [each["uid"] for each in first + rest] == [100000001, *made]
    assert exchange.control("GET", f"/-/keys?uid={made[0]}")[0]["uid"] == made[0]


def test_small_numbers_have_plain_digits(exchange: Exchange) -> None:
    """A satoshi is 0.00000001, as the exchange writes it, whatever a program would say (1E-8)."""
    price = exchange.control("PUT", "/-/prices/SHIB", {"price": "0.0000001"})
    assert price == {"SHIB": "0.0000001"}
    exchange.control("POST", "/-/accounts/100000001/fund", {"coin": "SOL", "amount": "1E-8"})
    shown = json.dumps(exchange.control("GET", "/-/accounts/100000001"))
    assert '"SOL": "0.00000001"' in shown
    assert exchange.control("GET", "/-/prices")["SHIB"] == "0.0000001"


def test_the_demo_account(exchange: Exchange) -> None:
    """What an empty store begins with (issue: 50,000 USDT, 50,000 USDC, 1 BTC, 1 ETH)."""
    account = exchange.control("GET", "/-/accounts")[0]
    assert (account["kind"], account["parentUid"]) == (5, 0)
    assert account["coins"] == {"USDT": "50000", "USDC": "50000", "BTC": "1", "ETH": "1"}
    prices = exchange.control("GET", "/-/prices")
    assert (prices["BTC"], prices["ETH"]) == ("83876.10", "2655.20")


def test_the_request_log_is_bounded() -> None:
    """In number, and in the size of each."""
    with running(requests_kept=10) as exchange:
        alice = exchange.account()
        replies = [alice.post("/v5/account/set-hedging-mode", x="y" * 9_000) for _ in range(12)]
        logged = exchange.control("GET", "/-/requests?limit=100")
        assert {reply.retCode for reply in replies} == {10001}
        assert [entry["number"] for entry in logged] == list(range(3, 13))
        assert {len(entry["body"]) for entry in logged} == {4096}


def test_the_request_log_shows_every_call(exchange: Exchange) -> None:
    """Refused or not, newest last; filters by refusal, account and number."""
    alice, bob = exchange.account(), exchange.account()
    alice.get("/v5/account/info", "a=1")
    bob.get("/v5/account/info", sign="0" * 64)
    exchange.get("/v5/nope")

    log = exchange.control("GET", "/-/requests")

    assert [entry["retCode"] for entry in log] == [0, 10004, None]
    assert (log[0]["uid"], log[0]["query"], log[0]["why"]) == (alice.uid, "a=1", None)
    assert log[1]["apiKey"] == bob.api_key
    refused = exchange.control("GET", "/-/requests?refused=1")
    assert [entry["number"] for entry in refused] == [2, 3]
    assert len(exchange.control("GET", f"/-/requests?uid={alice.uid}")) == 1
    assert exchange.control("GET", "/-/requests?after=2")[0]["status"] == 404


def test_a_refused_upgrade_shows_among_the_refusals(exchange: Exchange) -> None:
    """Its retCode is 0; its why is there all the same."""
    exchange.account().post("/v5/account/upgrade-to-uta")
    refused = exchange.control("GET", "/-/requests?refused=1")
    assert [entry["path"] for entry in refused] == ["/v5/account/upgrade-to-uta"]


def test_the_front_page_and_what_is_not_there(exchange: Exchange) -> None:
    """A stranger who opens the base URL learns where to go."""
    assert b"/openapi.json" in exchange.get("/").body
    assert exchange.get("/nope").status == 404


BROWSERS = [{"Origin": "http://evil.example"}, {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}]


@pytest.mark.parametrize("browser", BROWSERS)
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("127.0.0.1.evil.example:8505", 403),
        ("", 403),
        ("localhost:8505", 200),
        ("127.0.0.1", 200),
        ("[::1]:8505", 200),
        ("api-testnet.bybit.com", 200),
    ],
)
def test_a_browser_is_not_answered_under_a_foreign_name(
    exchange: Exchange, browser: dict[str, str], host: str, status: int
) -> None:
    """A page that leads its own name here may not use the API; programs may call as they like."""
    reply = exchange.wire.send("GET", "/v5/market/time", {**browser, "Host": host})
    assert reply.status == status
    assert exchange.wire.send("GET", "/v5/market/time", {"Host": host}).status == 200


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/-/venues"), ("POST", "/-/faults"), ("PATCH", "/-/switches"),
     ("POST", "/-/accounts"), ("PUT", "/-/prices/BTC"), ("POST", "/-/venues/default/seed")],
)  # fmt: skip
def test_brackets_in_brackets_are_refused_with_a_sentence(
    exchange: Exchange, method: str, path: str, opening: bytes
) -> None:
    """As any body that is none, however many there are; nothing was changed."""
    before = exchange.entries
    headers = {"Authorization": f"Bearer {exchange.server.token}"}
    for deep in (opening * 60_000, b'{"seed":{"accounts":' + opening * 800):
        closing = b"]" if opening == b"[" else b"1" + b"}"
        body = deep + closing * 3
        reply = exchange.wire.send(method, path, headers, body)
        assert (reply.status, reply.json["why"]) == (400, None)
    assert exchange.entries == before


def test_the_list_of_faults_is_whole_unless_it_is_asked_for_less(exchange: Exchange) -> None:
    """More than a page of other lists; `limit` and `after` as there."""
    for _ in range(101):
        exchange.control("POST", "/-/faults", {"retCode": 10016})

    assert len(exchange.control("GET", "/-/faults")) == 101
    page = exchange.control("GET", "/-/faults?limit=5&after=7")
    assert [fault["id"] for fault in page] == [8, 9, 10, 11, 12]

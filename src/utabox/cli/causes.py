"""The likely cause of a refusal by a server that does not explain itself."""

from __future__ import annotations

from utabox.cli.answer import Envelope
from utabox.cli.call import Call
from utabox.why import Why

# retCode -> (rule, hint). Source: docs/v5/error, account-semantics 3.5.
CAUSES = {
    10001: ("A parameter is missing, unknown or out of range.", "retMsg names it."),
    10003: (
        "The API key must exist on this host.",
        "Keys of mainnet, testnet and demo trading differ: check the host, then the key.",
    ),
    10004: (
        "The signature must fit the secret and the exact text sent.",
        "Check the secret for a lost character; the key may be RSA, then give --rsa-key.",
    ),
    10005: (
        "The key must hold the endpoint's permission, and a read-only key changes nothing.",
        "Edit the key's permissions; `utabox get /v5/user/query-api` lists them.",
    ),
    10006: (
        "A UID may call an endpoint so many times within a window.",
        "Wait for X-Bapi-Limit-Reset-Timestamp.",
    ),
    10008: ("The account is banned.", "Ask the exchange's support."),
    10009: ("The IP address is banned.", "Ask the exchange's support."),
    10010: (
        "A key that is bound to IP addresses works from those only.",
        "Call from a bound address, or bind this one.",
    ),
    10016: ("The server failed.", "Retry later; see whether a write happened before repeating it."),
    10018: ("The IP address made too many calls.", "Stop all calls for 10 minutes."),
    10024: ("The account's region may not use this product.", "Use a host of your own region."),
    10027: ("Transactions of this account are banned.", "Ask the exchange's support."),
    10028: ("Only unified accounts may call this endpoint.", "Upgrade the account first."),
    10029: ("The symbol is not in the key's whitelist.", "Edit the key, or take another symbol."),
    33004: ("The API key has expired.", "Make a new key; one that is bound to an IP stays."),
}
STATUSES = {
    401: ("The request must be signed by a known key.", "Check the key, the secret and the host."),
    403: (
        "The host's edge refuses the address, its region, or so many calls.",
        "Wait 10 minutes, or call from another place.",
    ),
    404: ("The path and method must exist.", "Compare them with the documentation."),
}


def likely_cause(call: Call, status: int, answer: Envelope) -> Why | None:
    """What the code or the status usually means, with the numbers that are known here."""
    if answer.ret_code == 10002:
        return _skewed(call, answer)
    if answer.ret_code is None:
        known, seen = STATUSES.get(status), f"HTTP status {status}"
    else:
        known, seen = CAUSES.get(answer.ret_code), f"retCode {answer.ret_code} {answer.ret_msg}"
    return Why(known[0], "", seen.strip(), known[1]) if known else None


def _skewed(call: Call, answer: Envelope) -> Why:
    window = call.headers.get("X-BAPI-RECV-WINDOW", "")
    skew = call.timestamp - answer.time
    seen, details = "an unknown server time", {}
    if answer.time:
        side = "ahead of" if skew > 0 else "behind"
        seen = f"a timestamp {abs(skew)} ms {side} the server's {answer.time}, travel included"
        details = {"skew_ms": str(skew)}
    return Why(
        rule="The timestamp must be near the server's time.",
        expected=f"less than 1000 ms ahead, and less than {window} ms behind",
        seen=seen,
        hint="Set this machine's clock (NTP); a slow line needs a greater --recv-window.",
        details=details,
    )

"""What a client says on a stream of its own account, and a call that has a message for it."""

import hashlib
import hmac
import json
import secrets
import time
import urllib.request

KEY, SECRET = secrets.token_hex(9), "x" * 36  # a key of which nobody has heard


def sign(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def messages() -> list[str]:
    """Each of them is answered by one."""
    expires = int(time.time() * 1000) + 5_000
    auth = {"op": "auth", "args": [KEY, expires, sign(f"GET/realtime{expires}")]}
    said = [auth, {"op": "ping"}, {"op": "subscribe", "args": ["wallet"]}]
    return [json.dumps(each) for each in said]


def change(host: str) -> None:
    """Another margin mode: a message on the topic wallet says what it does to the totals."""
    now, body = str(int(time.time() * 1000)), '{"setMarginMode": "ISOLATED_MARGIN"}'
    headers = {
        "X-BAPI-API-KEY": KEY,
        "X-BAPI-TIMESTAMP": now,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": sign(f"{now}{KEY}5000{body}"),
        "Content-Type": "application/json",
    }
    url = f"https://{host.replace('stream', 'api')}/v5/account/set-margin-mode"
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)):
        pass

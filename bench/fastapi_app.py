"""GET /v5/account/info as one would write it in FastAPI: the yardstick, in good style, not slowed.

Serve it with `python -m uvicorn bench.fastapi_app:app`.
"""

import hashlib
import hmac
import time
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

LIMIT = 1_000_000  # calls per second, as utabox is started for the measurement
RECV_WINDOW_MS = 5_000

SECRETS = {"utabox0000000000AA": "utabox-secret-0123456789abcdefghijkl"}
UIDS = {"utabox0000000000AA": 100_000_001}


class AccountInfo(BaseModel):
    """The result."""

    marginMode: Literal["ISOLATED_MARGIN", "REGULAR_MARGIN", "PORTFOLIO_MARGIN"]
    updatedTime: str
    unifiedMarginStatus: int
    dcpStatus: str
    timeWindow: int
    smpGroup: int
    isMasterTrader: bool
    spotHedgingStatus: str


class Answer(BaseModel):
    """The envelope."""

    retCode: int
    retMsg: str
    result: AccountInfo
    retExtInfo: dict[str, str]
    time: int


class Account(BaseModel):
    """What is stored."""

    margin_mode: Literal["ISOLATED_MARGIN", "REGULAR_MARGIN", "PORTFOLIO_MARGIN"]
    updated_time: int
    kind: int
    leader: bool
    spot_hedging: bool


ACCOUNTS = {
    100_000_001: Account(
        margin_mode="REGULAR_MARGIN",
        updated_time=int(time.time()) * 1000,
        kind=5,
        leader=False,
        spot_hedging=False,
    )
}


class Refused(Exception):
    """An answer with a retCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message


app = FastAPI(openapi_url=None)
_windows: dict[int, tuple[int, int]] = {}  # uid -> second, calls in it


@app.exception_handler(Refused)
async def refuse(request: Request, error: Refused) -> JSONResponse:  # noqa: ARG001
    """The exchange's way to say no."""
    body = {"retCode": error.code, "retMsg": error.message, "result": {}, "retExtInfo": {}}
    return JSONResponse({**body, "time": int(time.time() * 1000)})


async def authenticated(
    request: Request,
    x_bapi_api_key: Annotated[str, Header()],
    x_bapi_timestamp: Annotated[int, Header()],
    x_bapi_sign: Annotated[str, Header()],
    x_bapi_recv_window: Annotated[int, Header()] = RECV_WINDOW_MS,
) -> int:
    """The UID of the caller."""
    now = int(time.time() * 1000)
    if not now - x_bapi_recv_window <= x_bapi_timestamp < now + 1000:
        raise Refused(10002, "invalid request, please check your server timestamp")
    secret = SECRETS.get(x_bapi_api_key)
    if secret is None:
        raise Refused(10003, "API key is invalid.")
    text = f"{x_bapi_timestamp}{x_bapi_api_key}{x_bapi_recv_window}{request.url.query}"
    expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, x_bapi_sign):
        raise Refused(10004, "error sign!")
    return UIDS[x_bapi_api_key]


async def limited(uid: Annotated[int, Depends(authenticated)], response: Response) -> int:
    """The UID again, counted, with the limit headers set."""
    now = int(time.time() * 1000)
    second, calls = _windows.get(uid, (0, 0))
    calls = calls + 1 if second == now // 1000 else 1
    _windows[uid] = (now // 1000, calls)
    if calls > LIMIT:
        raise Refused(10006, "Too many visits. Exceeded the API Rate Limit.")
    response.headers["X-Bapi-Limit"] = str(LIMIT)
    response.headers["X-Bapi-Limit-Status"] = str(LIMIT - calls)
    response.headers["X-Bapi-Limit-Reset-Timestamp"] = str(now)
    response.headers["Timenow"] = str(now)
    response.headers["Ret_code"] = "0"
    return uid


@app.get("/v5/account/info")
async def account_info(uid: Annotated[int, Depends(limited)]) -> Answer:
    """The account of the caller."""
    account = ACCOUNTS[uid]
    return Answer(
        retCode=0,
        retMsg="OK",
        result=AccountInfo(
            marginMode=account.margin_mode,
            updatedTime=str(account.updated_time),
            unifiedMarginStatus=account.kind,
            dcpStatus="OFF",
            timeWindow=0,
            smpGroup=0,
            isMasterTrader=account.leader,
            spotHedgingStatus="ON" if account.spot_hedging else "OFF",
        ),
        retExtInfo={},
        time=int(time.time() * 1000),
    )

"""What a client of a stream is answered: each channel has its own words.

Source: account-semantics 10.2 to 10.4, trading-semantics 7.2 and 7.8; the documented examples.
"""

from __future__ import annotations

import itertools
import os
import uuid
from typing import Any

from utabox.retcodes import KEY_INVALID, OK, PARAMS_ERROR, SIGN_ERROR
from utabox.stream import Channel

Words = dict[str, Any]
"""One answer, its members in the exchange's order."""

REPEATED_AUTH = 20001
UNKNOWN_OP = 10404
UNKNOWN_OP_TEXT = "op type is not found"
PARAMS_TEXT, SIGN_TEXT, KEY_TEXT = "Params Error", "error sign", "Invalid apikey"
UNAUTHORIZED_TEXT = "Request not authorized"
SHOWN_MAX = 200
"""Characters of a client's own text in an answer."""

_TRADE_CODES = {PARAMS_TEXT: PARAMS_ERROR.code, SIGN_TEXT: SIGN_ERROR.code}
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_numbers = itertools.count(1)


def conn_id(channel: Channel) -> str:
    """A new connection's id, of the shape that its channel has."""
    if channel.public:
        return str(uuid.uuid4())
    name = "".join(_DIGITS[byte % 32] for byte in os.urandom(20))
    return f"{name}-{next(_numbers):x}"


class Voice:
    """The words of one connection.

    Args:
        conn: Its id.
    """

    def __init__(self, channel: Channel, conn: str) -> None:
        self.channel = channel
        self.conn = conn

    def done(self, op: str, request_id: str | None, topics: list[str]) -> Words:
        """A subscription was made or ended, or a client was let in."""
        if self.channel is Channel.TRADE:
            return self._trade(OK.code, OK.message, op, request_id)
        if self.channel is Channel.OPTION:
            told = {"failTopics": [], "successTopics": topics}
            return {"success": True, "conn_id": self.conn, "data": told, "type": "COMMAND_RESP"}
        return self._said(True, op if self.channel is Channel.SPOT else "", op, request_id)

    def refused(self, text: str, op: str, request_id: str | None) -> Words:
        """Nothing of what was asked for was done."""
        if self.channel is Channel.TRADE:
            code = _TRADE_CODES.get(text, KEY_INVALID.code)
            return self._trade(code, text, op, request_id)
        return self._said(False, text, op, request_id)

    def repeated(self, request_id: str | None) -> Words:
        """A second auth on the trade channel."""
        return self._trade(REPEATED_AUTH, "Repeat auth", "auth", request_id)

    def unknown(self, op: str, request_id: str | None) -> Words:
        """There is no such op."""
        if self.channel is Channel.TRADE:
            return self._trade(UNKNOWN_OP, UNKNOWN_OP_TEXT, op, request_id)
        return self._said(False, "error:invalid op", op, request_id)

    def garbled(self, text: str) -> Words:
        """What came is no JSON object."""
        told = f"Failed to decode incoming data:{text[:SHOWN_MAX]}"
        if self.channel is Channel.TRADE:
            return self._trade(PARAMS_ERROR.code, told, "", None)
        return self._said(False, told, "", None)

    def pong(self, now: int, request_id: str | None) -> Words:
        """The answer to a ping.

        Args:
            now: ms.
        """
        named = {} if request_id is None else {"req_id": request_id}
        match self.channel:
            case Channel.PRIVATE:
                return {**named, "op": "pong", "args": [str(now)], "conn_id": self.conn}
            case Channel.TRADE:
                answer = self._trade(OK.code, OK.message, "pong", request_id)
                connected = answer.pop("connId")
                return {**answer, "data": [str(now)], "connId": connected}
            case Channel.OPTION | Channel.SPREAD:
                return {"args": [str(now)], "op": "pong"}
            case _:
                return self._said(True, "pong", "ping", request_id)

    def _said(self, success: bool, text: str, op: str, request_id: str | None) -> Words:
        said: Words = {"success": success, "ret_msg": text}
        if self.channel is Channel.PRIVATE:
            named = {} if request_id is None else {"req_id": request_id}
            return {**said, "op": op, "conn_id": self.conn, **named}
        if request_id is None and self.channel is Channel.SPOT:
            return {**said, "conn_id": self.conn, "op": op}
        return {**said, "conn_id": self.conn, "req_id": request_id or "", "op": op}

    def _trade(self, code: int, text: str, op: str, request_id: str | None) -> Words:
        named = {} if request_id is None else {"reqId": request_id}
        return {**named, "retCode": code, "retMsg": text, "op": op, "connId": self.conn}

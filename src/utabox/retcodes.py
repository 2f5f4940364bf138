"""Return codes: number, text and where each is documented or was seen.

Texts hold `{name}` fields where the exchange puts values. Sources are pages of the V5
documentation (`docs/v5/...`), or the public thread in which the text was seen.
"""

from typing import NamedTuple


class RetCode(NamedTuple):
    """One answer of the exchange: success or refusal."""

    code: int
    message: str
    source: str


OK = RetCode(0, "OK", "docs/v5/guide")

# --- at the door, in the order of the checks ------------------------------------------------
AUTH_VALUES_MISSING = RetCode(
    10001,
    "empty value: apiTimestamp[{timestamp}] apiKey[{api_key}] apiSignature[{signature}]: "
    "openapi sign params error!",
    "ccxt/ccxt exchange test data, 2022-10",
)
TIMESTAMP_INVALID = RetCode(
    10001, "openapi params error! req_timestamp invalid", "github.com/ccxt/ccxt/issues/17193"
)
RECV_WINDOW_INVALID = RetCode(10001, "openapi params error! recv_window invalid", "by analogy")
TIMESTAMP_OUTSIDE = RetCode(
    10002,
    "invalid request, please check your server timestamp or recv_window param: "
    "req_timestamp[{timestamp}],server_timestamp[{now}],recv_window[{recv_window}]",
    "public reports, 2026-03 and 2026-06",
)
TIMESTAMP_OUTSIDE_2023 = RetCode(
    10002,
    "invalid request, please check your server timestamp or recv_window param. "
    "req_timestamp[{timestamp}],server_timestamp[{now}],recv_window[{recv_window}]",
    "github.com/bybit-exchange/pybit/issues/191",
)
KEY_INVALID = RetCode(10003, "API key is invalid.", "docs/v5/error")
KEY_EXPIRED = RetCode(33004, "Your api key has expired.", "docs/v5/error")
IP_UNMATCHED = RetCode(
    10010,
    "Unmatched IP, please check your API key's bound IP addresses.",
    "github.com/tiagosiebler/bybit-api/issues/555",
)
SIGN_ERROR = RetCode(
    10004,
    "Error sign, please check your signature generation algorithm: origin_string[***{payload}]",
    "github.com/tiagosiebler/bybit-api/issues/537",
)
SIGN_ERROR_2023 = RetCode(
    10004, "error sign! origin_string[{text}]", "github.com/tiagosiebler/bybit-api/issues/448"
)
BANNED = RetCode(10008, "Common banned, please check your account mode", "docs/v5/error")
PERMISSION_DENIED = RetCode(
    10005,
    "Permission denied, please check your API key permissions.",
    "github.com/rotki/rotki/issues/9934",
)
TOO_MANY_VISITS = RetCode(
    10006,
    "Too many visits. Exceeded the API Rate Limit.",
    "github.com/bybit-exchange/pybit/issues/340",
)
PARAMS_ERROR = RetCode(10001, "params error: {problem}", "docs/v5/error")
SYSTEM_ERROR = RetCode(
    10016,
    "System error. Please try again later.",
    "github.com/JKorf/Bybit.Net/issues/105",
)

# --- account kind ---------------------------------------------------------------------------
UTA_REQUIRED = RetCode(
    10028, "The API can only be accessed by unified account users.", "docs/v5/error"
)
UPGRADING = RetCode(3100197, "Temporary banned due to the upgrade to UTA", "docs/v5/error")

# --- margin mode ----------------------------------------------------------------------------
MARGIN_MODE_FAILED = RetCode(3400045, "Set margin mode failed", "docs/v5/account/set-margin-mode")
EQUITY_BELOW_1000_USDC = RetCode(
    3400000,
    "Equity needs to be equal to or greater than 1000 USDC",
    "docs/v5/account/set-margin-mode",
)
MASTER_TRADER_NO_PORTFOLIO = RetCode(
    3401010, "Cannot switch to PM mode (for copy trading master trader)", "docs/v5/error"
)
ADJUSTMENT_UPGRADING = RetCode(182105, "Adjustment failed, user is upgrading", "docs/v5/error")

# --- spot hedging ---------------------------------------------------------------------------
HEDGING_NEEDS_PORTFOLIO = RetCode(
    140001,
    "Switching the PM spot hedging switch is not allowed in non PM mode",
    "docs/v5/error",
)

# --- market maker protection ----------------------------------------------------------------
# The codes are what a client's tests got from the live service; its texts were not kept.
MMP_PARAMETERS_INCORRECT = RetCode(
    3500712,
    "Incorrect MMP parameters",
    "our words; code: github.com/tiagosiebler/bybit-api, test/usdc/options/private.write.test.ts",
)
MMP_PROFILE_NOT_FOUND = RetCode(
    3500713,
    "There is no MMP information of the institution found",
    "text of 110062, docs/v5/error; code: github.com/tiagosiebler/bybit-api, "
    "test/v5/private.write.test.ts",
)

# --- sub-accounts and their keys --------------------------------------------------------------
# 31005 and 141009 are what a client's tests got from the live service; texts were not kept.
USERNAME_TAKEN = RetCode(
    31005,
    "sub user already exists",
    "our words; code: github.com/tiagosiebler/bybit-api, test/v5/private.write.test.ts",
)
SUB_NOT_FOUND = RetCode(
    141009,
    "sub member not found",
    "our words; code: github.com/tiagosiebler/bybit-api, test/v5/private.write.test.ts",
)
SUB_NOT_NORMAL = RetCode(141004, "sub member is not normal", "docs/v5/error")
SUB_HAS_ASSETS = RetCode(
    141025, "This subaccount has assets and cannot be deleted", "docs/v5/error"
)
IPS_IN_CONSOLE = RetCode(
    141019,
    "IP whitelist must be edited in API key management",
    "our words; code: docs/v5/error",
)
SENSITIVE_IN_CONSOLE = RetCode(
    141020,
    "Sensitive permissions must be edited in API key management",
    "our words; code: docs/v5/error",
)

# --- wallet and collateral --------------------------------------------------------------------
ACCOUNT_TYPE_UNSUPPORTED = RetCode(
    10001, "accountType only support UNIFIED.", "a pasted response, 2025-04"
)
COLLATERAL_NOT_SWITCHABLE = RetCode(
    182111,
    "The coin is not a collateral coin, or cannot be switched",
    "our words; code: docs/v5/error",
)
COLLATERAL_DUPLICATE = RetCode(182112, "Duplicate currency, please re-adjust", "docs/v5/error")

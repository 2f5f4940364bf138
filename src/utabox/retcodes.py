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
DEMO_UNSUPPORTED = RetCode(10032, "Demo trading are not supported.", "public reports, 2026-05")
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
MARGIN_MODE_FAILED_DEMO = RetCode(
    110073, "Set margin mode failed", "docs/v5/error; of a demo account: public report, 2026-07"
)
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
AGREEMENT_BY_SUB = RetCode(141027, "Sub account cannot accept agreement", "docs/v5/error")
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

# --- loans and spot margin ----------------------------------------------------------------------
NO_SUCH_LOAN = RetCode(176010, "Failed to locate the coins to borrow", "docs/v5/error")
REPAY_BALANCE_INSUFFICIENT = RetCode(176015, "Insufficient available balance", "docs/v5/error")
NO_REPAYMENT_REQUIRED = RetCode(176016, "No repayment required", "docs/v5/error")
REPAYMENT_ABOVE_LIABILITY = RetCode(
    176017, "Repayment amount has exceeded the total liability", "docs/v5/error"
)
SETTLEMENT_IN_PROGRESS = RetCode(176018, "Settlement in progress", "docs/v5/error")
BORROW_BELOW_MIN = RetCode(
    176025,
    "Amount to borrow cannot be lower than the min. amount to borrow (per transaction)",
    "docs/v5/error",
)
BORROW_ABOVE_MAX = RetCode(
    176026,
    "Amount to borrow cannot be larger than the max. amount to borrow (per transaction)",
    "docs/v5/error",
)
BORROW_ABOVE_USER_MAX = RetCode(
    176027,
    "Amount to borrow cannot be higher than the max. amount to borrow per user",
    "docs/v5/error",
)
BORROW_ABOVE_PLATFORM_MAX = RetCode(
    176028, "Amount to borrow has exceeded Bybit's max. amount to borrow", "docs/v5/error"
)
BORROW_ABOVE_ESTIMATE = RetCode(
    176029,
    "Amount to borrow has exceeded the user's estimated max. amount to borrow",
    "docs/v5/error",
)
BORROW_TOO_PRECISE = RetCode(
    176031,
    "Number of decimals for borrow amount has exceeded the maximum precision",
    "docs/v5/error",
)
REPAYMENT_FAILED = RetCode(176006, "Repayment Failed", "docs/v5/error")
LEVERAGE_OUT_OF_RANGE = RetCode(176034, "The leverage ratio is out of range", "docs/v5/error")
SPOT_MARGIN_NEEDS_UTA = RetCode(
    176037, "For non-unified transaction users, the operation failed", "docs/v5/error"
)
SPOT_LEVERAGE_CLOSED = RetCode(
    176038, "The spot leverage is closed and the current operation is not allowed", "docs/v5/error"
)
BORROWING_NOW = RetCode(176039, "Borrowing, current operation is not allowed", "docs/v5/error")
SPOT_MARGIN_IN_ISOLATED = RetCode(
    182021,
    "Spot margin trading is not possible in isolated margin mode",
    "our words; code: docs/v5/error",
)
QUICK_COLLATERAL_INSUFFICIENT = RetCode(
    182101, "Failed repayment, insufficient collateral balance", "docs/v5/error"
)
QUICK_NO_LIABILITY = RetCode(
    182102, "Failed repayment, there are no liabilities in the current currency", "docs/v5/error"
)
QUICK_MANUAL_BORROW = RetCode(
    182120, "Please use the repay and no-convert-repay API.", "docs/v5/account/repay-liability"
)
MARGIN_RATE_ABOVE_THRESHOLD = RetCode(
    182104,
    "Adjustment failed, the account's margin rate would be too high",
    "our words; code: docs/v5/error",
)
MAINTENANCE_RATE_TOO_HIGH = RetCode(
    182107, "Adjustment failed, Maintenance Margin Rate too high", "docs/v5/error"
)
COLLATERAL_MARGIN_CHECK = RetCode(
    182108, "Failed to switch, margin verification failed", "our words; code: docs/v5/error"
)
COLLATERAL_SWITCH_FAILED = RetCode(182110, "Failed to switch", "docs/v5/error")
COLLATERAL_CAPPED = RetCode(
    182011,
    "{coin} collateral has reached the platform limit",
    "our words; code: docs/v5/error",
)
COLLATERAL_CAPPED_MODE = RetCode(
    3200641,
    "{coin} collateral has reached the platform limit. Disable {coin} collateral before switching "
    "margin mode.",
    "docs/v5/error",
)
LIABILITY_BLOCKS_ISOLATED = RetCode(
    3400001,
    "Please repay all liabilities and close margin orders before switching to isolated margin",
    "our words; code: docs/v5/account/set-margin-mode",
)

# --- transfers and balances -------------------------------------------------------------------
TRANSFER_PARAMS_ERROR = RetCode(
    131203, "request parameter err: {name} invalid", "github.com/JKorf/Bybit.Net/issues/122"
)
UNIVERSAL_PARAMS_ERROR = RetCode(
    131203, "params error:[{name}]", "github.com/JKorf/Bybit.Net/issues/160"
)
COINS_LIMITED = RetCode(
    131203,
    "request parameter err: Limit the query to 1 to 10 coins for account UNIFIED",
    "github.com/JKorf/Bybit.Net/issues/251",
)
MEMBER_INVALID = RetCode(131202, "Invalid memberId", "docs/v5/error")
COIN_NOT_TRANSFERABLE = RetCode(131206, "cannot be transfer", "docs/v5/error")
WALLET_NOT_EXIST = RetCode(131207, "Account not exist", "docs/v5/error")
MEMBER_UNRELATED = RetCode(131209, "Get subMember relation error", "docs/v5/error")
AMOUNT_ACCURACY_ERROR = RetCode(131210, "Amount accuracy error", "docs/v5/error")
WALLETS_EQUAL = RetCode(
    131211, "fromAccountType can't be the same as toAccountType", "docs/v5/error"
)
BALANCE_INSUFFICIENT = RetCode(131212, "Insufficient balance", "docs/v5/error")
TRANSFER_ID_EXISTS = RetCode(131214, "TransferId exist", "docs/v5/error")
AMOUNT_ERROR = RetCode(131215, "Amount error", "docs/v5/error")
SUB_TRANSFER_DENIED = RetCode(
    131227, "subaccount do not have universal transfer permission", "docs/v5/error"
)
TRANSFER_IN_UNSUPPORTED = RetCode(
    131231, "Transfers into this account are not supported", "docs/v5/error"
)
TRANSFER_OUT_UNSUPPORTED = RetCode(
    131232, "Transfers out this account are not supported", "docs/v5/error"
)

# --- deliveries and settlements -----------------------------------------------------------------
CATEGORY_NULL = RetCode(181000, "category is null", "docs/v5/error")
CATEGORY_UNSUPPORTED = RetCode(
    181001, "category only support linear or option or spot", "docs/v5/error"
)
START_NOT_NUMBER = RetCode(181006, "startTime is not number", "docs/v5/error")
END_NOT_NUMBER = RetCode(181007, "endTime is not number", "docs/v5/error")
START_NOT_BEFORE_END = RetCode(
    181009, "Parameter startTime needs to be smaller than endTime", "docs/v5/error"
)
RANGE_TOO_LONG = RetCode(
    181010,
    "The time range between startTime and endTime cannot exceed 30 days",
    "the page's 30 days; docs/v5/error has the same text with 7",
)
LIMIT_NOT_NUMBER = RetCode(181011, "limit is not a number", "docs/v5/error")
SYMBOL_NOT_EXIST = RetCode(181012, "symbol not exist", "docs/v5/error")
ONLY_USDC_SETTLED = RetCode(181013, "Only support settleCoin: usdc", "docs/v5/error")
CLASSIC_UNSUPPORTED = RetCode(181014, "Classic account is not supported", "docs/v5/error")
EXPIRY_INVALID = RetCode(181018, "Invalid expDate", "docs/v5/error")
EXPIRY_TOO_OLD = RetCode(181019, "Parameter expDate can't be earlier than 2 years", "docs/v5/error")

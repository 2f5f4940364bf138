"""The exchange's words that more than one room uses."""

import enum
from typing import Literal


class MarginMode(enum.StrEnum):
    """How positions are margined; one mode per UID. Source: docs/v5/account/account-info."""

    ISOLATED_MARGIN = "ISOLATED_MARGIN"
    REGULAR_MARGIN = "REGULAR_MARGIN"
    PORTFOLIO_MARGIN = "PORTFOLIO_MARGIN"


class Switch(enum.StrEnum):
    """ON or OFF on the wire."""

    ON = "ON"
    OFF = "OFF"


class DcpProduct(enum.StrEnum):
    """What disconnected-cancel-all covers. Source: docs/v5/order/dcp."""

    SPOT = "SPOT"
    DERIVATIVES = "DERIVATIVES"
    OPTIONS = "OPTIONS"


class AccountKind(enum.IntEnum):
    """`unifiedMarginStatus`. Source: docs/v5/enum#unifiedmarginstatus."""

    CLASSIC = 1
    UTA1 = 3
    UTA1_PRO = 4
    UTA2 = 5
    UTA2_PRO = 6


class VipLevel(enum.StrEnum):
    """Source: docs/v5/enum#viplevel."""

    NONE = "No VIP"
    VIP_1 = "VIP-1"
    VIP_2 = "VIP-2"
    VIP_3 = "VIP-3"
    VIP_4 = "VIP-4"
    VIP_5 = "VIP-5"
    VIP_SUPREME = "VIP-Supreme"
    PRO_1 = "PRO-1"
    PRO_2 = "PRO-2"
    PRO_3 = "PRO-3"
    PRO_4 = "PRO-4"
    PRO_5 = "PRO-5"
    PRO_6 = "PRO-6"


class Algorithm(enum.StrEnum):
    """How a key signs: HMAC-SHA256 in hex, or RSA PKCS#1 v1.5 over SHA-256 in base64."""

    HMAC = "hmac"
    RSA = "rsa"
    UNCHECKED = "unchecked"  # ours: the key was adopted, and nobody here knows its secret


class MemberType(enum.IntEnum):
    """What kind of sub-account it is. Source: docs/v5/user/create-subuid, fund-subuid-list."""

    NORMAL = 1
    CUSTODIAL = 6
    FUND_CUSTODIAL = 12


class Environment(enum.StrEnum):
    """Where an account lives: four exchanges with keys of their own. Source: docs/v5/error."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    DEMO = "demo"
    TESTNET_DEMO = "testnet-demo"

    @property
    def is_demo(self) -> bool:
        return self in (Environment.DEMO, Environment.TESTNET_DEMO)


class Agreement(enum.StrEnum):
    """What must be signed before some contracts are traded. Source: docs/v5/user/sign-agreement."""

    METALS = "metals"  # and stock perpetuals
    CRUDE_OIL = "crude-oil"


class Category(enum.StrEnum):
    """A product type. Source: docs/v5/enum#category."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"
    OPTION = "option"


class InstrumentStatus(enum.StrEnum):
    """Source: docs/v5/enum#status."""

    PRE_LAUNCH = "PreLaunch"
    TRADING = "Trading"
    DELIVERING = "Delivering"
    CLOSED = "Closed"


class AccountType(enum.StrEnum):
    """A wallet. Source: docs/v5/enum#accounttype; the last two are of older kinds (1.1)."""

    UNIFIED = "UNIFIED"
    FUND = "FUND"
    CONTRACT = "CONTRACT"
    SPOT = "SPOT"


class LogType(enum.StrEnum):
    """Why a balance moved. Source: docs/v5/enum#typeuta-translog; those that can happen here."""

    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"
    AIRDROP = "AIRDROP"
    BONUS = "BONUS"
    BONUS_RECOLLECT = "BONUS_RECOLLECT"
    INTEREST = "INTEREST"
    BORROW = "BORROW"
    REPAY = "REPAY"
    SPOT_REPAYMENT_SELL = "SPOT_REPAYMENT_SELL"
    SPOT_REPAYMENT_BUY = "SPOT_REPAYMENT_BUY"


class TransferStatus(enum.StrEnum):
    """How a transfer ended; here it is made, or refused. Source: docs/v5/enum#transferstatus."""

    SUCCESS = "SUCCESS"
    PENDING = "PENDING"
    FAILED = "FAILED"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"


TextEpoch = Literal["2026", "2023"]
"""Whose wording 10002 and 10004 have."""
MissingHeaders = Literal["401-json", "401-empty", "200-json"]
"""HTTP status and body of the answer to a private call without its headers."""
AbsentRecvWindow = Literal["lenient", "empty"]
"""What a client signs in place of a recv window that it does not send."""
GetWithBody = Literal["403-html", "allowed"]
"""What becomes of a GET that has a body."""
KeyEnvironments = Literal["own", "any"]
"""Under the hosts of which environments a key is known."""
ExtInfo = Literal["object", "string"]
"""What `retExtInfo` is where the documentation's example has a text."""


class HouseAccount(enum.StrEnum):
    """Who stands against an account when its balance moves; ours."""

    DEPOSITS = "deposits"  # what came from outside, negative
    LOANS = "loans"  # what is lent, negative
    INTEREST = "interest"
    FEES = "fees"
    CONVERSIONS = "conversions"  # one coin given for another
    BONUSES = "bonuses"
    INSURANCE = "insurance"  # its pools together
    TRANSFERS = "transfers"  # between wallets: nothing, after each entry

"""The exchange's words that more than one room uses."""

import enum


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


class MemberType(enum.IntEnum):
    """What kind of sub-account it is. Source: docs/v5/user/create-subuid."""

    NORMAL = 1
    CUSTODIAL = 6


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

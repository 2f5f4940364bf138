"""The answer of the two manual repayments."""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.engine.account.repay import Repay, RepaymentType


class RepaymentStatus(enum.StrEnum):
    """How far a repayment is. Source: docs/v5/account/repay."""

    PROCESSING = "P"
    SUCCESS = "SU"
    FAILED = "FA"


class Repayment(msgspec.Struct, frozen=True):
    """A repayment that was taken."""

    resultStatus: Annotated[
        RepaymentStatus, Meta(description="SU: repaid. P, of the type ALL: it is repaid, too.")
    ]


def repayment(command: Repay) -> Repayment:
    """The exchange says that FLEXIBLE is synchronous, and ALL is not."""
    whole = command.repayment_type is RepaymentType.ALL
    return Repayment(RepaymentStatus.PROCESSING if whole else RepaymentStatus.SUCCESS)

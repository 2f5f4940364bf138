"""GET /v5/account/info"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State
from utabox.terms import AccountKind, MarginMode, Switch


class AccountInfo(msgspec.Struct, frozen=True):
    """Margin mode, kind and switches of an account."""

    marginMode: Annotated[MarginMode, Meta(description="How positions are margined.")]
    updatedTime: Annotated[
        str, Meta(description="Last change of this record, ms in whole seconds; 0: never.")
    ]
    unifiedMarginStatus: Annotated[
        AccountKind,
        Meta(description="1: classic, 3: UTA 1.0, 4: UTA 1.0 Pro, 5: UTA 2.0, 6: UTA 2.0 Pro."),
    ]
    dcpStatus: Annotated[
        Switch, Meta(description="Deprecated, always OFF; see GET /v5/account/query-dcp-info.")
    ]
    # The page's example shows 10; every capture since the deprecation shows 0 (2.4).
    timeWindow: Annotated[int, Meta(description="Deprecated, always 0.")]
    smpGroup: Annotated[
        int, Meta(description="Deprecated, always 0; see GET /v5/account/smp-group.")
    ]
    isMasterTrader: Annotated[bool, Meta(description="Whether it is a copy-trading leader.")]
    spotHedgingStatus: Annotated[
        Switch, Meta(description="Whether spot offsets derivatives; ON only in portfolio margin.")
    ]


@query(
    "GET /v5/account/info",
    result=AccountInfo,
    limit=Limit(50),
    steady=True,
    seen_members="result",  # two captures stop there; the guide promises all (2.4, Q1)
    demo=True,
    source="docs/v5/account/account-info",
)
def account_info(state: State, caller: Caller) -> AccountInfo:
    """The margin mode, kind and switches of the calling account."""
    account = caller.account
    return AccountInfo(
        marginMode=account.margin_mode,
        updatedTime=str(account.updated_time),
        unifiedMarginStatus=account.kind,
        dcpStatus=Switch.OFF,
        timeWindow=0,
        smpGroup=0,
        isMasterTrader=account.leader,
        spotHedgingStatus=Switch.ON if account.spot_hedging else Switch.OFF,
    )

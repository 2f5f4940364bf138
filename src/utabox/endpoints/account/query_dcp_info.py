"""GET /v5/account/query-dcp-info"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State
from utabox.terms import DcpProduct, Switch


class DcpInfo(msgspec.Struct, frozen=True):
    """Disconnected-cancel-all of one product."""

    product: Annotated[DcpProduct, Meta(description="What would be cancelled.")]
    dcpStatus: Annotated[Switch, Meta(description="ON: products that are off are not listed.")]
    timeWindow: Annotated[str, Meta(description="Seconds without a stream before it cancels.")]


class DcpInfos(msgspec.Struct, frozen=True):
    """Disconnected-cancel-all of an account."""

    dcpInfos: Annotated[list[DcpInfo], Meta(description="One row an enabled product.")]


@query(
    "GET /v5/account/query-dcp-info",
    result=DcpInfos,
    ret_msg="success",
    limit=Limit(5),
    steady=True,
    source="docs/v5/account/dcp-info",
)
def query_dcp_info(state: State, caller: Caller) -> DcpInfos:
    """The disconnected-cancel-all windows of the calling account."""
    windows = caller.account.dcp_windows or {}
    return DcpInfos([DcpInfo(name, Switch.ON, str(seconds)) for name, seconds in windows.items()])

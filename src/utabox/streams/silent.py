"""Topics that a client may subscribe to and that send nothing yet: they come with trading."""

from utabox.stream import CONTRACTS, MARKETS, Channel, silent

PRIVATE, SPREAD = (Channel.PRIVATE,), (Channel.SPREAD,)
INTERVALS = ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W", "M")
POOLS = ("USDT", "USDC", "inverse")
DEPTHS = ("1", "50", "200", "1000")

silent(
    "order", "order.spot", "order.linear", "order.inverse", "order.option",
    channels=PRIVATE, source="docs/v5/websocket/private/order", demo="order",
)  # fmt: skip
silent(
    "execution", "execution.spot", "execution.linear", "execution.inverse", "execution.option",
    channels=PRIVATE, source="docs/v5/websocket/private/execution", demo="execution",
)  # fmt: skip
silent(
    "execution.fast", "execution.fast.linear", "execution.fast.inverse", "execution.fast.spot",
    "execution.fast.option",
    channels=PRIVATE, source="docs/v5/websocket/private/fast-execution",
)  # fmt: skip
silent(
    "position", "position.linear", "position.inverse", "position.option",
    channels=PRIVATE, source="docs/v5/websocket/private/position", demo="position",
)  # fmt: skip
silent("greeks", channels=PRIVATE, source="docs/v5/websocket/private/greek", demo="greeks")
silent("strategy", channels=PRIVATE, source="docs/v5/websocket/private/strategy")
silent(
    "dcp.future", "dcp.spot", "dcp.option",
    channels=PRIVATE, source="docs/v5/websocket/private/dcp",
)  # fmt: skip
silent(
    "rfq.open.rfqs", "rfq.open.quotes", "rfq.open.trades",
    channels=PRIVATE, source="docs/v5/rfq/websocket/private",
)  # fmt: skip
silent(
    "spread.order", "spread.execution",
    channels=PRIVATE, source="docs/v5/spread/websocket/private",
)  # fmt: skip

silent("orderbook.rpi.{symbol}", channels=MARKETS, source="docs/v5/websocket/public/orderbook-rpi")
silent("orderbook.full.{symbol}", channels=MARKETS, source="docs/v5/websocket/public/full-ob")
silent(
    "orderbook.{depth}.{symbol}",
    channels=MARKETS,
    source="docs/v5/websocket/public/orderbook",
    depth=DEPTHS,
)
silent(
    "orderbook.{depth}.{symbol}",
    channels=(Channel.OPTION,),
    source="docs/v5/websocket/public/orderbook",
    depth=("25", "100"),
)
silent("publicTrade.{symbol}", channels=MARKETS, source="docs/v5/websocket/public/trade")
silent("publicTrade.{coin}", channels=(Channel.OPTION,), source="docs/v5/websocket/public/trade")
silent(
    "tickers.{symbol}",
    channels=(*MARKETS, Channel.OPTION),
    source="docs/v5/websocket/public/ticker",
)
silent(
    "kline.{interval}.{symbol}",
    channels=MARKETS,
    source="docs/v5/websocket/public/kline",
    interval=INTERVALS,
)
silent(
    "allLiquidation.{symbol}",
    channels=CONTRACTS,
    source="docs/v5/websocket/public/all-liquidation",
)
silent("priceLimit.{symbol}", channels=MARKETS, source="docs/v5/websocket/public/order-price-limit")
silent(
    "insurance.{coin}",
    channels=CONTRACTS,
    source="docs/v5/websocket/public/insurance-pool",
    coin=POOLS,
)
silent(
    "adlAlert.{coin}",
    channels=CONTRACTS,
    source="docs/v5/websocket/public/adl-alert",
    coin=POOLS,
)
silent(
    "orderbook.{depth}.{symbol}",
    channels=SPREAD,
    source="docs/v5/spread/websocket/public/orderbook",
    depth=("25",),
)
silent("tickers.{symbol}", channels=SPREAD, source="docs/v5/spread/websocket/public/ticker")
silent("publicTrade.{symbol}", channels=SPREAD, source="docs/v5/spread/websocket/public/trade")
silent(
    "rfq.open.public.trades",
    channels=(Channel.RFQ,),
    source="docs/v5/rfq/websocket/public/public-transaction",
)
silent("system.status", channels=(Channel.STATUS,), source="docs/v5/websocket/system/system-status")

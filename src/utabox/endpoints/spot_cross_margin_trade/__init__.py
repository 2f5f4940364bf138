"""/v5/spot-cross-margin-trade: margin of classic accounts."""

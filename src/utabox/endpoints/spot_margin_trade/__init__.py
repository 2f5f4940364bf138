"""/v5/spot-margin-trade"""

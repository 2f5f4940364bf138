"""/v5/market"""

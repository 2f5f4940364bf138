"""/v5/asset/coin"""

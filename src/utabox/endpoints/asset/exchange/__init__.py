"""/v5/asset/exchange"""

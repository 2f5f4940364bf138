"""/v5/asset/withdraw"""

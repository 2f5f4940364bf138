"""/v5/account"""

"""/v5/asset"""

"""/v5/asset/transfer"""

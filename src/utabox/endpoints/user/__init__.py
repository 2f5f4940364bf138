"""/v5/user"""

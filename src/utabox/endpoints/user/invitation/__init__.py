"""/v5/user/invitation"""

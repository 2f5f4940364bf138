"""/v5/order"""

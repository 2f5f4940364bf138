"""A program that looks the host up first and connects to the address, checking its name in TLS."""

import socket
import ssl
import sys

host, path = sys.argv[1:3]
connection = socket.socket()
connection.connect((socket.gethostbyname(host), 443))
with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secure:
    secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    received = b""
    while data := secure.recv(65_536):
        received += data
print(received.partition(b"\r\n\r\n")[2].decode())

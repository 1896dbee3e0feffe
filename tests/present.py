"""Presents client certificates as Python's ssl does, and tells what came of it.

Usage: present.py CA CASES, where each line of CASES is a name, a port, a certificate, a key and ciphers, between tabs;
`-` stands for nothing. One JSON object per line is printed, with `name` and `seen`.
"""

import json
import socket
import ssl
import sys

REQUEST = b"GET /oqs/OQSsiquc01 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def present(ca, port, certificate, key, ciphers):
    context = ssl.create_default_context(cafile=ca)
    if ciphers != "-":
        context.set_ciphers(ciphers)
    if certificate != "-":
        try:
            context.load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            return f"not sent: {error}"
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as tcp:
            with context.wrap_socket(tcp, server_hostname="localhost") as tls:
                tls.sendall(REQUEST)
                while chunk := tls.recv(65536):
                    answer += chunk
    except (OSError, ssl.SSLError) as error:
        return f"{type(error).__name__}: {error}"
    return answer.decode()


def main():
    ca, cases = sys.argv[1:]
    with open(cases, encoding="utf-8") as lines:
        for line in lines:
            name, *case = line.rstrip("\n").split("\t")
            print(json.dumps({"name": name, "seen": present(ca, *case)}))


main()

"""Connections of `requests` that are over at one moment, however slowly a server speaks.

Its own time-outs begin anew with every byte, so that a byte a second holds a reader for
ever; here the head of an answer, its body and the account of an error share one end.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter


@cache
def _system_certificates() -> ssl.SSLContext:
    """Those this computer trusts: an office's own among them, where its proxy needs one."""
    return ssl.create_default_context()


class InTime(HTTPAdapter):
    """Connections of `requests` whose every byte, headers too, comes before one moment."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._pools: list[Any] = []
        super().__init__()

    def __enter__(self) -> InTime:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        # Which leaves open what a fault still refers to.
        for pool in self._pools:
            pool.close()

    def left(self) -> float:
        """Seconds until then.

        Raises
        ------
        TimeoutError
            None are left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            msg = "the time for it is up"
            raise TimeoutError(msg)
        return left

    def build_connection_pool_key_attributes(  # type: ignore[no-untyped-def]
        self, request, verify, cert=None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """As the library, with the certificates of this computer."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = _system_certificates()
        return host, pool

    def get_connection_with_tls_context(  # type: ignore[no-untyped-def]
        self, request, verify, proxies=None, cert=None
    ) -> Any:
        """As the library, with connections whose answers are read in time."""
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        adapter = self

        class Connection(pool.ConnectionCls):  # type: ignore[name-defined,misc]
            @staticmethod
            def response_class(
                sock: socket.socket, **options: Any
            ) -> http.client.HTTPResponse:
                return _Response(sock, adapter, **options)

        pool.ConnectionCls = Connection
        self._pools.append(pool)
        return pool


class _Response(http.client.HTTPResponse):
    """An answer that is read through `_Paced`."""

    def __init__(self, sock: socket.socket, adapter: InTime, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp = io.BufferedReader(_Paced(self.fp.detach(), sock, adapter))


class _Paced(io.RawIOBase):
    """What comes over a connection, as long as there is time; each byte gains none."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, adapter: InTime) -> None:
        self._raw, self._sock, self._adapter = raw, sock, adapter
        self._timeout = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._adapter.left()
        self._sock.settimeout(min(left, self._timeout or left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()

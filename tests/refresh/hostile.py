"""A server that answers with whatever bytes it is told, at whatever pace."""

import itertools
import socket
import threading
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def speaking(*answers, pause=0.0):
    """Each connection gets the next answer, the last one over and over; gives the address.

    An answer is bytes, or pieces of bytes that come one after the other with a pause.
    """
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, answers, pause, over))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        server.close()
        thread.join()


def slowly(start, again):
    """An answer that begins so and then goes on for ever, a piece at a time."""
    return itertools.chain([start], itertools.repeat(again))


def _serve(server, answers, pause, over):
    server.settimeout(0.05)
    left = list(answers)
    while not over.is_set():
        with suppress(OSError):
            connection, _ = server.accept()
            connection.settimeout(2)
            answer = left.pop(0) if len(left) > 1 else left[0]
            with connection, suppress(OSError):
                connection.recv(65536)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(piece)
                    if over.wait(pause):
                        return
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)

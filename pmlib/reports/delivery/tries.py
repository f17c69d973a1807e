"""A few tries within a bound: no server can hold a run up for long."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from pmlib.core import PmlibError, SettingError

PAUSES = (2.0, 8.0)
"""Seconds between the tries; there is one try more."""
SECONDS = 15.0
"""How long a try may take: three of them with their pauses stay within a minute."""

Pause = Callable[[float], None]


class DeliveryError(PmlibError):
    """A server did not take a message; the words never name its address, user or password.

    Parameters
    ----------
    again
        Whether another try may help.
    """

    def __init__(self, words: str, *, again: bool = True) -> None:
        super().__init__(words)
        self.again = again


def tried(send: Callable[[float], str], *, pause: Pause = time.sleep, seconds: float = SECONDS) -> tuple[int, str]:
    """Send until it is taken, at most three times.

    Parameters
    ----------
    send
        Makes one try in the seconds it is given and returns what to note of a message that was taken.

    Returns
    -------
    tuple
        How many tries it took, and the note.

    Raises
    ------
    DeliveryError
        The last refusal, with the number of tries.
    """
    for done, wait in enumerate((*PAUSES, None), 1):
        try:
            return done, send(seconds)
        except DeliveryError as error:
            if wait is None or not error.again:
                words = f"{error} (tried {done} times)" if done > 1 else str(error)
                raise DeliveryError(words, again=False) from error
            pause(wait)
    raise AssertionError


@contextmanager
def ended(connection: Callable[[], socket.socket | None], seconds: float) -> Iterator[None]:
    """End a talk after some seconds, however slowly the other side goes on.

    A socket's own time limit begins anew with each byte.
    """
    over = Event()

    def watch() -> None:
        if over.wait(seconds):
            return
        while not over.wait(0.1):
            line = connection()
            if line is not None:
                # The plain socket's own, for that of TLS is not made for another thread; gone already is good too.
                with suppress(OSError):
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def plainly(error: OSError, who: str) -> DeliveryError:
    """Say what a connection failed of, without the address an error's own words may hold."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = {10: "has expired", 62: "is for another name", 64: "is for another address"}
        why = words.get(error.verify_code, "is signed by nobody this machine trusts; SSL_CERT_FILE can name who signed")
        return DeliveryError(f"The certificate of the {who} {why}.", again=False)
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"The {who} and this machine could not agree on encryption.")
    if isinstance(error, TimeoutError):
        return DeliveryError(f"The {who} did not answer in time.")
    if isinstance(error, socket.gaierror):
        return DeliveryError(f"The name of the {who} is not known here.")
    return DeliveryError(
        f"The {who} cannot be reached: {os.strerror(error.errno) if error.errno else 'no connection'}."
    )


def resolved(reference: str, what: str) -> str:
    """Return what an ``env:NAME`` stands for.

    Raises
    ------
    SettingError
        If the variable is not set.
    """
    name = reference.removeprefix("env:")
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingError(f"The variable {name} is not set; it holds the address of the {what}.")
    return value

"""What leaves a request without an answer, in words: what happened, and what to do about it.

Only the kind of a fault is read, never its text: a library's message may quote the header that it choked on.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clientreg.errors import CannotFinish

if TYPE_CHECKING:
    import httpx

_NOT_NOW, _ANOTHER_NAME = {9, 10}, {62, 64}
"""OpenSSL's numbers for a time before and after the certificate's own, another host name, another address."""
_AGAIN = "run the command again; if it stays so, see the server's log"
_URL = "check `url` in the server's entry of registry.yaml"


def unsent(fault: httpx.TransportError) -> bool:
    """Whether no byte of the request was sent, so that any request may be repeated."""
    import httpx

    return isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def passing(fault: httpx.TransportError) -> bool:
    """Whether the next attempt may go better: no unknown host, no bad certificate, no request that cannot be sent."""
    import httpx

    lasting = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.ProxyError)
    unknown = [one for one in _causes(fault) if isinstance(one, socket.gaierror) and one.errno != socket.EAI_AGAIN]
    return not (isinstance(fault, lasting) or unknown or _within(fault, ssl.SSLError))


def explained(fault: httpx.TransportError, asked: str, origin: str, *, ca_file: str | None) -> CannotFinish:
    """The fault as what a person is told."""
    import httpx

    certificate = next((one for one in _causes(fault) if isinstance(one, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return _untrusted(certificate, origin, ca_file)
    if _within(fault, ssl.SSLError):
        return CannotFinish(f"{origin} does not speak TLS as it should", f"is it https? {_URL}")
    if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout):
        return _unreachable(fault, origin)
    return timeout(asked) if isinstance(fault, httpx.TimeoutException) else _broken(fault, asked, origin)


def timeout(asked: str) -> CannotFinish:
    """The server was reached and did not finish."""
    return CannotFinish(f"{asked} was not answered in time", _AGAIN)


def _broken(fault: httpx.TransportError, asked: str, origin: str) -> CannotFinish:
    import httpx

    if isinstance(fault, httpx.ProxyError):
        hint = "see HTTPS_PROXY and NO_PROXY in the environment"
        return CannotFinish(f"the proxy does not let us reach {origin}", hint)
    if isinstance(fault, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        hint = "a value in it is not what HTTP can carry, such as a line feed in a token"
        return CannotFinish(f"{asked} cannot be sent", hint)
    if isinstance(fault, httpx.RemoteProtocolError):
        hint = f"is it an HTTP server? {_URL}; if it is, see its log"
        return CannotFinish(f"{asked} ended without a whole HTTP answer", hint)
    return CannotFinish(f"{asked} was cut off", _AGAIN)


def _untrusted(fault: ssl.SSLCertVerificationError, origin: str, ca_file: str | None) -> CannotFinish:
    what = f"the certificate of {origin} is not trusted ({fault.verify_message})"
    if fault.verify_code in _NOT_NOW:
        return CannotFinish(what, "who keeps the server renews it; also check this machine's clock")
    if fault.verify_code in _ANOTHER_NAME:
        return CannotFinish(what, f"it was made for another name: {_URL}")
    if ca_file is not None:
        return CannotFinish(what, f"it does not come from the authority in {ca_file}, the entry's `ca_file`")
    hint = "if it comes from an authority of your own, name that one's certificate file in the entry's `ca_file`"
    return CannotFinish(what, hint)


def _unreachable(fault: httpx.TransportError, origin: str) -> CannotFinish:
    name = next((one for one in _causes(fault) if isinstance(one, socket.gaierror)), None)
    if name is not None:
        return CannotFinish(f"the host of {origin} is not known", f"{_URL}, and name resolution on this machine")
    error = next((one for one in _causes(fault) if isinstance(one, OSError)), None)
    why = os.strerror(error.errno) if error is not None and error.errno else "no connection in time"
    return CannotFinish(f"{origin} cannot be reached ({why})", f"is the server running? if it is, {_URL}")


def _within(fault: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(one, kind) for one in _causes(fault))


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__

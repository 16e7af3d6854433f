"""What sessions shall be."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Optional

from .c_api import LogFn, LogLevel, TokenHashFn
from .library import call, keep, kept, known, let_go


@dataclass
class Options:
    """What a session shall be. None is the library's default; a bad value is reported by the call that takes the options."""

    partner_id: int
    app_token_id: str
    app_token: Optional[str] = field(default=None, repr=False)
    service_url: Optional[str] = None
    allow_http: Optional[bool] = None
    hash_type: Optional[int] = None
    user_id: Optional[str] = None
    session_type: Optional[int] = None
    expiry_seconds: Optional[int] = None
    privileges: Optional[str] = None
    widget_id: Optional[str] = None
    widget_expiry_seconds: Optional[int] = None
    client_tag: Optional[str] = None
    total_timeout_ms: Optional[int] = None
    max_attempts: Optional[int] = None
    connect_timeout_ms: Optional[int] = None
    proxy_url: Optional[str] = field(default=None, repr=False)
    trust: Optional[int] = None
    ca_pem: Sequence[str] = ()
    pin_spki_sha256: Sequence[str] = ()
    # Advisory and mandatory.
    refresh_windows_seconds: Optional[tuple[int, int]] = None
    # From the widget KS to hex(H(widget KS + app token)), on a thread of the library's, perhaps on several at a time.
    token_hash: Optional[Callable[[str], str]] = None
    # Takes level and line, on any thread.
    log: Optional[Callable[[int, str], object]] = None
    log_level: int = LogLevel.INFO

    @contextmanager
    def _handle(self) -> Iterator[int]:
        options = call("options_new", self.partner_id, self.app_token_id, self.app_token)
        try:
            for name in ("service_url", "allow_http", "hash_type", "user_id", "session_type", "expiry_seconds", "privileges",
                         "widget_id", "widget_expiry_seconds", "client_tag", "total_timeout_ms", "max_attempts",
                         "connect_timeout_ms", "proxy_url", "trust"):
                if getattr(self, name) is not None:
                    call("options_set_" + name, options, getattr(self, name))
            for name in ("ca_pem", "pin_spki_sha256"):
                for value in getattr(self, name):
                    call("options_add_" + name, options, value)
            if self.refresh_windows_seconds is not None:
                call("options_set_refresh_windows_seconds", options, *self.refresh_windows_seconds)
            if self.token_hash is not None:
                call("options_set_token_hash", options, _hash_wanted, keep(self.token_hash), let_go)
            if self.log is not None:
                call("options_set_log", options, self.log_level, _log_line, keep(self.log), let_go)
            yield options
        finally:
            call("options_free", options)


def _want_hash(number: int, hashing: int) -> None:
    try:
        call("hashing_reply", hashing, kept(number)(call("hashing_widget_ks", hashing)))
    except Exception as error:
        call("hashing_fail", hashing, f"{type(error).__name__}: {error}")
    finally:
        call("hashing_free", hashing)


def _take_line(number: int, level: int, line: bytes) -> None:
    kept(number)(known(LogLevel, level), line.decode())


_hash_wanted, _log_line = TokenHashFn(_want_hash), LogFn(_take_line)

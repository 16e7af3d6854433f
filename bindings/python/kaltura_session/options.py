"""What sessions shall be, callbacks included."""
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import string_at
from dataclasses import dataclass
from typing import Optional, Protocol

from .c_api import LogFn, LogLevel, SendFn, StoreClearFn, StoreLoadFn, StoreSaveFn, TokenHashFn
from .handles import Exchange, OptionValues
from .library import call, keep, kept, known, let_go


class Store(Protocol):
    """Where a provider keeps its session between runs. What it saves holds secrets."""

    def load(self, key: str) -> Optional[bytes]: ...
    def save(self, key: str, data: bytes) -> bool: ...
    def clear(self, key: str) -> bool: ...


@dataclass
class Options(OptionValues):
    """What a session shall be. A bad value is reported by the call that takes the options.

    Callbacks run on threads of the library's, perhaps on several at a time.
    """

    # From the widget KS to hex(H(widget KS + app token)).
    token_hash: Optional[Callable[[str], str]] = None
    # Carries each request over an HTTP stack of the app's; closes the exchange when it is answered.
    transport: Optional[Callable[[Exchange], object]] = None
    store: Optional[Store] = None
    # Takes level and line.
    log: Optional[Callable[[int, str], object]] = None
    log_level: int = LogLevel.INFO

    @contextmanager
    def _use(self) -> Iterator[int]:
        options = self._new()
        try:
            if self.token_hash is not None:
                call("options_set_token_hash", options, _hash_wanted, keep(self.token_hash), let_go)
            if self.transport is not None:
                call("options_set_transport", options, _send, keep(self.transport), let_go)
            if self.store is not None:
                call("options_set_store", options, _store_load, _store_save, _store_clear, keep(self.store), let_go)
            if self.log is not None:
                call("options_set_log", options, self.log_level, _log_line, keep(self.log), let_go)
            yield options
        finally:
            call("options_free", options)


def _answer_hashing(number: int, hashing: int) -> None:
    try:
        call("hashing_reply", hashing, kept(number)(call("hashing_widget_ks", hashing)))
    except Exception as error:
        call("hashing_fail", hashing, f"{type(error).__name__}: {error}")
    finally:
        call("hashing_free", hashing)


def _load(number: int, key: bytes, blob: int) -> None:
    data = kept(number).load(key.decode())
    if data is not None:
        call("blob_set", blob, data, len(data))


_hash_wanted = TokenHashFn(_answer_hashing)
_send = SendFn(lambda number, exchange: kept(number)(Exchange(exchange)) and None)
_store_load = StoreLoadFn(_load)
_store_save = StoreSaveFn(lambda number, key, data, length: kept(number).save(key.decode(), string_at(data, length)))
_store_clear = StoreClearFn(lambda number, key: kept(number).clear(key.decode()))
_log_line = LogFn(lambda number, level, line: kept(number)(known(LogLevel, level), line.decode()) and None)

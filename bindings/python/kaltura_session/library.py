"""The C functions, and what everything else here needs to call them: no names for users."""
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CDLL, CFUNCTYPE, POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any, Optional

from .constants import ABI_VERSION

_TEXT, _HANDLE, _ERROR = c_char_p, c_void_p, POINTER(c_void_p)
Destroy = CFUNCTYPE(None, c_void_p)
Loaded = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
HashWanted = CFUNCTYPE(None, c_void_p, c_void_p)
LogLine = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)

# Result and parameters of each function, without its prefix.
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "version": (_TEXT,),
    "abi_version": (c_int32,),
    "generate_ks": (_HANDLE, _TEXT, c_int64, _TEXT, _TEXT, _TEXT, _ERROR),
    "free_string": (None, _HANDLE),
    "start_session": (_HANDLE, _HANDLE, _HANDLE, _ERROR),
    "error_api_arg_name": (_TEXT, _HANDLE, c_size_t),
    "error_api_arg": (_TEXT, _HANDLE, _TEXT),
    "options_new": (_HANDLE, c_int64, _TEXT, _TEXT),
    "options_set_refresh_windows_seconds": (None, _HANDLE, c_int64, c_int64),
    "options_set_token_hash": (None, _HANDLE, HashWanted, c_void_p, Destroy),
    "options_set_log": (None, _HANDLE, c_int32, LogLine, c_void_p, Destroy),
    "hashing_widget_ks": (_TEXT, _HANDLE),
    "hashing_reply": (None, _HANDLE, _TEXT),
    "hashing_fail": (None, _HANDLE, _TEXT),
    "cancellation_new": (_HANDLE,),
    "cancellation_cancel": (None, _HANDLE),
    "provider_new": (_HANDLE, _HANDLE, _ERROR),
    "provider_load": (_HANDLE, _HANDLE, _HANDLE, _ERROR),
    "provider_load_async": (c_int32, _HANDLE, _HANDLE, Loaded, c_void_p, Destroy, _ERROR),
    "provider_peek": (_HANDLE, _HANDLE),
    "provider_prefetch": (None, _HANDLE),
    "provider_invalidate": (None, _HANDLE, _TEXT),
    "provider_report_error": (c_int32, _HANDLE, _TEXT, _TEXT, _TEXT),
    "provider_set_user_id": (c_int32, _HANDLE, _TEXT, _ERROR),
    "provider_end_session": (c_int32, _HANDLE, c_uint32, _HANDLE, _ERROR),
    "provider_shutdown": (None, _HANDLE),
    "provider_drain": (c_int32, _HANDLE, c_int64),
}
for _result, _names in {
    _TEXT: "error_message error_hint error_option error_api_code error_api_message error_server_session error_server_host"
           " session_ks session_user_id session_privileges session_dropped_privileges provider_service_url",
    c_int32: "error_status error_category error_step error_ks_reason error_http_status error_is_retryable error_attempts"
             " session_granted_type session_hash_type",
    c_int64: "error_retry_after_ms session_partner_id session_expires_at_seconds session_remaining_ms provider_partner_id",
    c_uint32: "session_adjustments",
    None: "error_free options_free hashing_free cancellation_free session_free provider_free",
}.items():
    _SIGNATURES.update((name, (_result, _HANDLE)) for name in _names.split())
for _parameter, _names in {
    _TEXT: "set_service_url set_user_id set_privileges set_widget_id set_client_tag set_proxy_url add_ca_pem"
           " add_pin_spki_sha256",
    c_int32: "set_allow_http set_hash_type set_session_type set_max_attempts set_trust",
    c_int64: "set_expiry_seconds set_widget_expiry_seconds set_total_timeout_ms set_connect_timeout_ms",
}.items():
    _SIGNATURES.update((f"options_{name}", (None, _HANDLE, _parameter)) for name in _names.split())


def _open() -> CDLL:
    is_apple = sys.platform == "darwin"
    library = CDLL(f"libkaltura_session.{ABI_VERSION}.dylib" if is_apple else f"libkaltura_session.so.{ABI_VERSION}")
    for name, (result, *parameters) in _SIGNATURES.items():
        function = getattr(library, "kaltura_" + name)
        function.restype, function.argtypes = result, parameters
    if library.kaltura_abi_version() != ABI_VERSION:
        raise ImportError(f"libkaltura_session has ABI {library.kaltura_abi_version()}, not {ABI_VERSION}")
    return library


_library = _open()


def call(name: str, *arguments: Any) -> Any:
    """Calls kaltura_<name>; text goes in and comes out as str."""
    function = getattr(_library, "kaltura_" + name)
    result = function(*map(_argument, function.argtypes, arguments))
    return result.decode() if isinstance(result, bytes) else result


def _argument(parameter: Any, value: Any) -> Any:
    # ctypes would cut both off without a word.
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("text with a NUL character")
        return value.encode()
    if isinstance(value, int) and parameter in (c_int32, c_int64, c_uint32) and parameter(value).value != value:
        raise OverflowError(f"{value} is out of range")
    return value


def call_or_raise(name: str, raise_error: Callable[[int], Any], *arguments: Any) -> Any:
    """Calls a function whose last parameter is an error, and hands over the error that comes."""
    error = c_void_p()
    result = call(name, *arguments, byref(error))
    if error.value is not None:
        raise_error(error.value)
    return result


class Handle:
    """A pointer that is freed once: by close() or the garbage collector, and never under a call that uses it."""

    def __init__(self, pointer: int, kind: str) -> None:
        self._lock = threading.Lock()
        self._pointer, self._kind, self._users, self._is_closed = pointer, kind, 0, False

    @contextmanager
    def _use(self) -> Iterator[int]:
        with self._lock:
            if self._is_closed:
                raise ValueError(f"the {self._kind} is closed")
            self._users += 1
        try:
            yield self._pointer
        finally:
            with self._lock:
                self._users -= 1
                is_last = self._is_closed and self._users == 0
            if is_last:
                self._free()

    def close(self) -> None:
        """Lets go of it, at the end of calls that use it. Again, it does nothing."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            is_last = not was_closed and self._users == 0
        if is_last:
            self._free()

    def _free(self) -> None:
        call(self._kind + "_free", self._pointer)

    def __del__(self) -> None:
        if hasattr(self, "_is_closed"):
            Handle.close(self)

    def _ask(self, name: str) -> Any:
        with self._use() as pointer:
            return call(f"{self._kind}_{name}", pointer)


# Python objects that the library holds as user_data, by number.
_kept: dict[int, Any] = {}
_numbers = itertools.count(1)


def keep(thing: Any) -> int:
    """The user_data for a callback; `let_go` is its destroy function."""
    number = next(_numbers)
    _kept[number] = thing
    return number


def kept(number: Optional[int]) -> Any:
    return _kept[number or 0]


def _let_go(number: int) -> None:
    del _kept[number]


let_go = Destroy(_let_go)

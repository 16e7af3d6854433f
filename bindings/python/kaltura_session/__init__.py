"""Kaltura Sessions (KS) from app tokens, and a provider that keeps a valid one at hand.

A thin layer over libkaltura_session. Names, units and defaults are those of kaltura_session.h, which is the manual.
"""
import asyncio
import atexit
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from ctypes import string_at
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NoReturn, Optional, TypeVar

from .c_api import (Adjustment, Advice, Category, End, HashType, KsReason, LoadFn, LogFn, LogLevel, SessionType, Status, Step,
                    TokenHashFn, Trust)
from .library import Handle, call, call_or_raise, keep, kept, let_go

__all__ = ["Adjustment", "Advice", "Cancellation", "Category", "End", "HashType", "KalturaError", "KsReason", "LogLevel",
           "Options", "Provider", "Session", "SessionType", "Status", "Step", "Trust", "generate_ks", "start_session", "version"]

_H = TypeVar("_H", bound=Handle)
_T = TypeVar("_T")


class KalturaError(Exception):
    """Why a call failed. It never holds a KS, a token or a token hash, so it may be logged."""

    # Numbers that this version does not know are given as they are.
    status: int
    category: int
    step: int
    ks_reason: int
    hint: str
    option: Optional[str]
    api_code: Optional[str]
    api_message: Optional[str]
    api_args: dict[str, str]
    http_status: int
    is_retryable: bool
    retry_after_ms: int
    attempts: int
    server_session: Optional[str]
    server_host: Optional[str]

    @classmethod
    def _take(cls, error: int) -> "KalturaError":
        try:
            self = cls(call("error_message", error))
            self.status = _known(Status, call("error_status", error))
            self.category = _known(Category, call("error_category", error))
            self.step = _known(Step, call("error_step", error))
            self.ks_reason = _known(KsReason, call("error_ks_reason", error))
            self.is_retryable = bool(call("error_is_retryable", error))
            for name in ("hint", "option", "api_code", "api_message", "http_status", "retry_after_ms", "attempts",
                         "server_session", "server_host"):
                setattr(self, name, call("error_" + name, error))
            self.api_args = {}
            while name := call("error_api_arg_name", error, len(self.api_args)):
                self.api_args[name] = call("error_api_arg", error, name)
            return self
        finally:
            call("error_free", error)


def _raise(error: int) -> NoReturn:
    raise KalturaError._take(error)


def _known(kind: Callable[[int], int], number: int) -> int:
    try:
        return kind(number)
    except ValueError:
        return number


class _Closable(Handle):
    def __enter__(self: _H) -> _H:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Cancellation(_Closable):
    """Ends the calls that it was given to, running or to come."""

    def __init__(self) -> None:
        super().__init__(call("cancellation_new"), "cancellation")

    def cancel(self) -> None:
        """Cancels; after close() it does nothing."""
        try:
            self._ask("cancel")
        except ValueError:
            pass


@contextmanager
def _pointer_of(cancellation: Optional[Cancellation]) -> Iterator[Optional[int]]:
    if cancellation is None:
        yield None
    else:
        with cancellation._use() as pointer:
            yield pointer


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
    kept(number)(_known(LogLevel, level), line.decode())


_hash_wanted, _log_line = TokenHashFn(_want_hash), LogFn(_take_line)


class _Asked(Generic[_T]):
    """A property that asks the C function of its name."""

    def __init__(self, convert: Callable[[Any], _T]) -> None:
        self._convert = convert

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, handle: Handle, owner: type) -> _T:
        return self._convert(handle._ask(self._name))


class Session(_Closable):
    """A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected."""

    def __init__(self, pointer: int) -> None:
        super().__init__(pointer, "session")

    ks = _Asked(str)
    partner_id = _Asked(int)
    user_id = _Asked(str)
    granted_type = _Asked(partial(_known, SessionType))
    privileges = _Asked(str)
    dropped_privileges = _Asked(str)
    adjustments = _Asked(Adjustment)
    hash_type = _Asked(partial(_known, HashType))
    expires_at_seconds = _Asked(int)
    remaining_ms = _Asked(int)


def version() -> str:
    """The version of the library that is loaded."""
    return str(call("version"))


def generate_ks(service_url: Optional[str], partner_id: int, app_token_id: str, app_token: str,
                user_id: Optional[str] = None) -> str:
    """A KS in one call. It blocks."""
    string = call_or_raise("generate_ks", _raise, service_url, partner_id, app_token_id, app_token, user_id)
    try:
        return string_at(string).decode()
    finally:
        call("free_string", string)


def start_session(options: Options, cancellation: Optional[Cancellation] = None) -> Session:
    """A new session. It blocks."""
    with options._handle() as handle, _pointer_of(cancellation) as cancel:
        return Session(call_or_raise("start_session", _raise, handle, cancel))


class Provider(_Closable):
    """Keeps a valid session at hand, for any number of threads."""

    def __init__(self, options: Options) -> None:
        with options._handle() as handle:
            super().__init__(call_or_raise("provider_new", _raise, handle), "provider")
        _providers.add(self)

    service_url = _Asked(str)
    partner_id = _Asked(int)

    def load(self, cancellation: Optional[Cancellation] = None) -> Session:
        """A valid session; at once if there is one, else it blocks."""
        with self._use() as provider, _pointer_of(cancellation) as cancel:
            return Session(call_or_raise("provider_load", _raise, provider, cancel))

    def load_async(self) -> "Future[Session]":
        """As load(), without blocking. Cancelling the future cancels the load."""
        future: Future[Session] = Future()
        cancellation = Cancellation()

        def loaded(session: Optional[int], error: Optional[int]) -> None:
            failure = KalturaError._take(error) if error is not None else None
            result = Session(session) if session is not None else None
            cancellation.close()
            if not future.set_running_or_notify_cancel():
                return
            if result is not None:
                future.set_result(result)
            else:
                future.set_exception(failure)

        with self._use() as provider, cancellation._use() as cancel:
            # The library has the provider too, as long as it owes an answer.
            call_or_raise("provider_load_async", _raise, provider, cancel, _loaded, keep((loaded, self)), let_go)
        future.add_done_callback(lambda done: cancellation.cancel() if done.cancelled() else None)
        return future

    async def load_awaitable(self) -> Session:
        """As load(), for asyncio. Cancelling the task cancels the load."""
        return await asyncio.wrap_future(self.load_async())

    def peek(self) -> Optional[Session]:
        """The cached session, if one lives."""
        session = self._ask("peek")
        return None if session is None else Session(session)

    def prefetch(self) -> None:
        """Starts a refresh in the background, if one is due."""
        self._ask("prefetch")

    def invalidate(self, ks: Optional[str] = None) -> None:
        """Drops a session; without a KS, whatever there is: for a user's log-out."""
        with self._use() as provider:
            call("provider_invalidate", provider, ks)

    def report_error(self, ks: str, api_code: str, ksid: Optional[str] = None) -> int:
        """What to do, an Advice, about an error that another call to the server gave for a KS."""
        with self._use() as provider:
            return _known(Advice, call("provider_report_error", provider, ks, api_code, ksid))

    def set_user_id(self, user_id: Optional[str]) -> None:
        """Switches the user."""
        with self._use() as provider:
            call_or_raise("provider_set_user_id", _raise, provider, user_id)

    def end_session(self, flags: End, cancellation: Optional[Cancellation] = None) -> None:
        """Ends every session of the app token, at the server. It blocks."""
        with self._use() as provider, _pointer_of(cancellation) as cancel:
            call_or_raise("provider_end_session", _raise, provider, flags, cancel)

    def close(self) -> None:
        """Ends what is under way, and waits, for a second at most, until callbacks have returned."""
        try:
            with self._use() as provider:
                call("provider_shutdown", provider)
                call("provider_drain", provider, 1000)
        except ValueError:
            return
        super().close()


def _take_loaded(number: int, session: Optional[int], error: Optional[int]) -> None:
    kept(number)[0](session, error)


_loaded = LoadFn(_take_loaded)

_providers: "weakref.WeakSet[Provider]" = weakref.WeakSet()


@atexit.register
def _close_providers() -> None:
    # Threads of the library's must not call into an interpreter that has gone.
    for provider in list(_providers):
        provider.close()

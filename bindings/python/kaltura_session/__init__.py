"""Kaltura Sessions (KS) from app tokens, and a provider that keeps a valid one at hand.

A thin layer over libkaltura_session. Names, units and defaults are those of kaltura_session.h, which is the manual.
"""
import asyncio
import atexit
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from ctypes import create_string_buffer, string_at
from functools import partial
from typing import Any, Generic, Optional, TypeVar

from .c_api import (Adjustment, Advice, Category, End, FlowAction, HashType, KsReason, LoadFn, LogLevel, SessionType, Status,
                    Step, Trust)
from .errors import KalturaError, raise_error
from .library import Handle, call, call_or_raise, keep, kept, known, let_go
from .options import Options

__all__ = ["Adjustment", "Advice", "Cancellation", "Category", "End", "Flow", "FlowAction", "HashType", "KalturaError", "KsReason",
           "LogLevel", "Options", "Provider", "Session", "SessionType", "Status", "Step", "Trust", "generate_ks", "start_session",
           "version"]

_H = TypeVar("_H", bound=Handle)
_T = TypeVar("_T")


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
    granted_type = _Asked(partial(known, SessionType))
    privileges = _Asked(str)
    dropped_privileges = _Asked(str)
    adjustments = _Asked(Adjustment)
    hash_type = _Asked(partial(known, HashType))
    expires_at_seconds = _Asked(int)
    remaining_ms = _Asked(int)


def version() -> str:
    """The version of the library that is loaded."""
    return str(call("version"))


def generate_ks(service_url: Optional[str], partner_id: int, app_token_id: str, app_token: str,
                user_id: Optional[str] = None) -> str:
    """A KS in one call. It blocks."""
    string = call_or_raise("generate_ks", raise_error, service_url, partner_id, app_token_id, app_token, user_id)
    try:
        return string_at(string).decode()
    finally:
        call("free_string", string)


def start_session(options: Options, cancellation: Optional[Cancellation] = None) -> Session:
    """A new session. It blocks."""
    with options._handle() as handle, _pointer_of(cancellation) as cancel:
        return Session(call_or_raise("start_session", raise_error, handle, cancel))


class Provider(_Closable):
    """Keeps a valid session at hand, for any number of threads."""

    def __init__(self, options: Options) -> None:
        with options._handle() as handle:
            super().__init__(call_or_raise("provider_new", raise_error, handle), "provider")
        _providers.add(self)

    service_url = _Asked(str)
    partner_id = _Asked(int)

    def load(self, cancellation: Optional[Cancellation] = None) -> Session:
        """A valid session; at once if there is one, else it blocks."""
        with self._use() as provider, _pointer_of(cancellation) as cancel:
            return Session(call_or_raise("provider_load", raise_error, provider, cancel))

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
            call_or_raise("provider_load_async", raise_error, provider, cancel, _loaded, keep((loaded, self)), let_go)
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
        self._ask("invalidate", ks)

    def report_error(self, ks: str, api_code: str, ksid: Optional[str] = None) -> int:
        """What to do, an Advice, about an error that another call to the server gave for a KS."""
        return known(Advice, self._ask("report_error", ks, api_code, ksid))

    def set_user_id(self, user_id: Optional[str]) -> None:
        """Switches the user."""
        with self._use() as provider:
            call_or_raise("provider_set_user_id", raise_error, provider, user_id)

    def end_session(self, flags: End, cancellation: Optional[Cancellation] = None) -> None:
        """Ends every session of the app token, at the server. It blocks."""
        with self._use() as provider, _pointer_of(cancellation) as cancel:
            call_or_raise("provider_end_session", raise_error, provider, flags, cancel)

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


class Flow(_Closable):
    """The way from app token to session in steps, over the app's own HTTP; for one thread at a time.

    Each step says what to do; see kaltura_flow in the header, and examples/python/flow_urllib.py.
    """

    def __init__(self, options: Options) -> None:
        with options._handle() as handle:
            super().__init__(call_or_raise("flow_new", raise_error, handle), "flow")

    url = _Asked(str)
    body = _Asked(str.encode)
    timeout_ms = _Asked(int)
    wait_ms = _Asked(int)
    widget_ks = _Asked(str)

    def step(self) -> FlowAction:
        return FlowAction(self._ask("step"))

    def add_header(self, name: str, value: str) -> None:
        self._ask("add_header", name, value)

    def reply(self, http_status: int, body: bytes) -> None:
        self._answer("reply", http_status, body, len(body))

    def fail(self, status: Status, message: Optional[str] = None) -> None:
        self._answer("fail", status, message)

    def set_token_hash(self, token_hash: str) -> None:
        self._answer("set_token_hash", token_hash)

    def _answer(self, name: str, *arguments: Any) -> None:
        if not self._ask(name, *arguments):
            raise self.take_error()

    def take_session(self) -> Session:
        return Session(self._ask("take_session"))

    def take_error(self) -> KalturaError:
        return KalturaError._take(self._ask("take_error"))

    def memory(self) -> bytes:
        """What the next flow of the same app token may know. It holds secrets."""
        buffer = create_string_buffer(self._ask("memory", None, 0))
        self._ask("memory", buffer, len(buffer))
        return buffer.raw

    def set_memory(self, memory: bytes) -> bool:
        return bool(self._ask("set_memory", memory, len(memory)))

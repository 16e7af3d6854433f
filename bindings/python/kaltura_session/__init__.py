"""Kaltura Sessions (KS) from app tokens, and a provider that keeps a valid one at hand.

A thin layer over libkaltura_session. Names, units and defaults are those of kaltura_session.h, which is the manual.
"""
import asyncio
import atexit
import weakref
from concurrent.futures import Future
from typing import Optional

from .c_api import (Adjustment, Advice, Category, End, FlowAction, HashType, KalturaError, KsReason, LoadFn, LogLevel, SessionType,
                    Status, Step, Trust)
from .handles import Cancellation, Exchange, Flow, ProviderMethods, Session, generate_ks, has_feature, start_session, version
from .library import call, keep, kept, let_go, taken
from .options import Options, Store

__all__ = ["Adjustment", "Advice", "Cancellation", "Category", "End", "Exchange", "Flow", "FlowAction", "HashType", "KalturaError",
           "KsReason", "LogLevel", "Options", "Provider", "Session", "SessionType", "Status", "Step", "Store", "Trust", "generate_ks",
           "has_feature", "start_session", "version"]


class Provider(ProviderMethods):
    """Keeps a valid session at hand, for any number of threads."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        _providers.add(self)

    def load_async(self) -> "Future[Session]":
        """As load(), without blocking. Cancelling the future cancels the load."""
        future: Future[Session] = Future()
        cancellation = Cancellation()

        def loaded(session: Optional[int], error: Optional[int]) -> None:
            failure = taken(error) if error is not None else None
            result = Session(session) if session is not None else None
            cancellation.close()
            if not future.set_running_or_notify_cancel():
                return
            if result is not None:
                future.set_result(result)
            else:
                future.set_exception(failure)

        # The library has the provider too, as long as it owes an answer.
        call("provider_load_async", self, cancellation, _loaded, keep((loaded, self)), let_go)
        future.add_done_callback(lambda done: _cancel(cancellation) if done.cancelled() else None)
        return future

    async def load_awaitable(self) -> Session:
        """As load(), for asyncio. Cancelling the task cancels the load."""
        return await asyncio.wrap_future(self.load_async())

    def close(self) -> None:
        """Ends what is under way, and waits, for a second at most, until callbacks have returned."""
        try:
            self.shutdown()
            self.drain(1000)
        except ValueError:
            return
        super().close()


def _cancel(cancellation: Cancellation) -> None:
    try:
        cancellation.cancel()
    except ValueError:
        pass  # the answer came, and closed it


_loaded = LoadFn(lambda number, session, error: kept(number)[0](session, error))

_providers: "weakref.WeakSet[Provider]" = weakref.WeakSet()


@atexit.register
def _close_providers() -> None:
    # Threads of the library's must not call into an interpreter that has gone.
    for provider in list(_providers):
        provider.close()


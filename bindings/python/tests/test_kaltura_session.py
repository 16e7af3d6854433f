"""The wrapper against the fake server that FAKE_URL names."""
import asyncio
import gc
import hashlib
import os
import threading
import time
import unittest
import urllib.request
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any, Optional

import kaltura_session as kaltura
from kaltura_session import Adjustment, Advice, Category, LogLevel, Status, Step
from kaltura_session import library

URL = os.environ["FAKE_URL"]
TOKEN = "303132333435363738393a3b3c3d3e3f"
OPTIONS = kaltura.Options(101, "0_sha256tk", TOKEN, service_url=URL)


def control(path: str, body: str = "") -> None:
    urllib.request.urlopen(f"{URL}/_fake/{path}", body.encode()).close()


class KalturaSessionTest(unittest.TestCase):
    def setUp(self) -> None:
        control("reset")

    def test_every_story_ends_as_in_every_language(self) -> None:
        with open("bindings/stories.txt", encoding="utf-8") as lines:
            stories = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]
        for action, script, token_id, token, user_id, attempts, outcome in stories:
            with self.subTest(action, script=script, token_id=token_id):
                control("reset")
                control("script", script)
                options = replace(OPTIONS, app_token_id=token_id, app_token=token, user_id=user_id, max_attempts=int(attempts),
                                  hash_type=kaltura.HashType.SHA256)
                self.assertEqual(self.play(action, options), outcome)
        self.assertGreaterEqual(len(stories), 9)

    def play(self, action: str, options: kaltura.Options) -> str:
        try:
            if action == "start":
                with kaltura.start_session(options) as session:
                    return (f"partner={session.partner_id} user={session.user_id} type={int(session.granted_type)} "
                            f"adjustments={int(session.adjustments)} hash={int(session.hash_type)}")
            with kaltura.Provider(options) as provider, kaltura.Cancellation() as cancellation:
                if action == "cancelled":
                    threading.Timer(0.1, cancellation.cancel).start()
                first, again = provider.load(cancellation), provider.load()
                advice = provider.report_error(first.ks, "INVALID_KS", "EXPIRED")
                return f"same={int(first.ks == again.ks)} advice={int(advice)} other={int(provider.load().ks != first.ks)}"
        except kaltura.KalturaError as e:
            if action == "cancelled":
                return f"status={int(e.status)}"
            return (f"status={int(e.status)} category={int(e.category)} step={int(e.step)} option={e.option or ''} "
                    f"code={e.api_code or ''} id={e.api_args.get('ID', '')} http={e.http_status} retryable={int(e.is_retryable)} "
                    f"attempts={e.attempts} told={int(bool(str(e) and e.hint))}")

    def test_one_call_gives_a_ks(self) -> None:
        self.assertGreater(len(kaltura.generate_ks(URL, 101, "0_sha256tk", TOKEN, "someone")), 100)

    def test_a_session_says_what_was_granted(self) -> None:
        options = replace(OPTIONS, user_id="jürgen", expiry_seconds=600, privileges="edit:0_entry1,list:*")
        with kaltura.start_session(options) as session:
            self.assertGreater(len(session.ks), 100)
            self.assertEqual((session.partner_id, session.user_id), (101, "jürgen"))
            self.assertTrue(590_000 < session.remaining_ms <= 600_000)
            self.assertEqual(session.dropped_privileges, "edit:0_entry1,list:*")
            self.assertEqual(session.adjustments, Adjustment.PRIVILEGES_DROPPED)
        with self.assertRaises(ValueError):
            session.ks

    def test_an_error_of_the_servers_has_status_code_and_hint(self) -> None:
        with self.assertRaises(kaltura.KalturaError) as caught:
            kaltura.start_session(replace(OPTIONS, app_token="0" * 32))
        error = caught.exception
        self.assertEqual((error.status, error.category, error.step),
                         (Status.APP_TOKEN_MISMATCH, Category.SERVER, Step.START_SESSION))
        self.assertEqual(error.api_code, "INVALID_APP_TOKEN_HASH")
        self.assertIn("hash", str(error))
        self.assertIn("token", error.hint)

    def test_the_arguments_of_an_error_are_given(self) -> None:
        with self.assertRaises(kaltura.KalturaError) as caught:
            kaltura.start_session(replace(OPTIONS, app_token_id="0_missing1"))
        self.assertEqual(caught.exception.api_args, {"ID": "0_missing1"})

    def test_a_bad_value_is_named(self) -> None:
        with self.assertRaises(kaltura.KalturaError) as caught:
            kaltura.Provider(replace(OPTIONS, max_attempts=0))
        self.assertEqual((caught.exception.status, caught.exception.option), (Status.INVALID_ARGUMENT, "max_attempts"))

    def test_no_value_is_cut_off(self) -> None:
        with self.assertRaises(kaltura.KalturaError) as caught:
            kaltura.start_session(replace(OPTIONS, user_id="a\0b"))
        self.assertEqual(caught.exception.option, "user_id")
        with self.assertRaises(OverflowError):
            kaltura.start_session(replace(OPTIONS, max_attempts=2**32 + 1))

    def test_a_blocking_call_is_cancelled(self) -> None:
        control("script", "widget:1 hold name=gate")
        with kaltura.Provider(OPTIONS) as provider, kaltura.Cancellation() as cancellation:
            threading.Timer(0.1, cancellation.cancel).start()
            with self.assertRaises(kaltura.KalturaError) as caught:
                provider.load(cancellation)
        self.assertEqual(caught.exception.status, Status.CANCELLED)

    def test_cancelling_a_future_cancels_its_load(self) -> None:
        control("script", "widget:1 hold name=gate")
        with kaltura.Provider(OPTIONS) as provider:
            future = provider.load_async()
            self.assertTrue(future.cancel())
            with self.assertRaises(CancelledError):
                future.result()
            self.comes_true(lambda: not library._kept)

    def test_a_closed_provider_ends_its_loads(self) -> None:
        control("script", "widget:1 hold name=gate")
        provider = kaltura.Provider(OPTIONS)
        future = provider.load_async()
        provider.close()
        error = future.exception(5)
        assert isinstance(error, kaltura.KalturaError)
        self.assertEqual(error.status, Status.SHUT_DOWN)

    def test_closing_under_a_running_call_ends_it(self) -> None:
        control("script", "widget:1 hold name=gate")
        provider = kaltura.Provider(OPTIONS)
        threading.Timer(0.1, provider.close).start()
        with self.assertRaises(kaltura.KalturaError) as caught:
            provider.load()
        self.assertEqual(caught.exception.status, Status.SHUT_DOWN)

    def test_an_invalidated_session_is_refreshed(self) -> None:
        with kaltura.Provider(OPTIONS) as provider:
            first = provider.load()
            self.assertEqual(provider.load().ks, first.ks)
            provider.invalidate(first.ks)
            self.assertIsNone(provider.peek())
            second = provider.load()
            self.assertNotEqual(second.ks, first.ks)
            self.assertEqual(provider.report_error(second.ks, "INVALID_KS", "EXPIRED"), Advice.REFRESH_AND_RETRY)

    def test_a_switched_user_gets_sessions_of_his_own(self) -> None:
        with kaltura.Provider(OPTIONS) as provider:
            provider.set_user_id("another")
            self.assertEqual(provider.load().user_id, "another")

    def test_asyncio_awaits_a_session_and_cancels_it(self) -> None:
        async def story() -> None:
            with kaltura.Provider(OPTIONS) as provider:
                sessions = await asyncio.gather(*(provider.load_awaitable() for _ in range(10)))
                self.assertEqual(len({session.ks for session in sessions}), 1)
                control("script", "start:1 hold name=gate")
                provider.invalidate()
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(provider.load_awaitable(), 0.1)

        asyncio.run(story())

    def test_the_token_may_stay_on_a_backend(self) -> None:
        def token_hash(widget_ks: str) -> str:
            return hashlib.sha256((widget_ks + TOKEN).encode()).hexdigest()

        self.assertTrue(kaltura.start_session(replace(OPTIONS, app_token=None, token_hash=token_hash)).ks)
        self.comes_true(lambda: not library._kept)

    def test_an_exception_in_the_token_hash_is_an_error(self) -> None:
        def token_hash(widget_ks: str) -> str:
            raise ConnectionError("the backend is away")

        with self.assertRaises(kaltura.KalturaError) as caught:
            kaltura.start_session(replace(OPTIONS, app_token=None, token_hash=token_hash))
        self.assertEqual(caught.exception.status, Status.CALLBACK_FAILED)
        self.assertIn("the backend is away", str(caught.exception))

    def test_a_store_keeps_the_session(self) -> None:
        stored: dict[str, bytes] = {}

        class Memory:
            def load(self, key: str) -> Optional[bytes]:
                return stored.get(key)

            def save(self, key: str, data: bytes) -> bool:
                stored[key] = data
                return True

            def clear(self, key: str) -> bool:
                return stored.pop(key, None) is not None

        options = replace(OPTIONS, store=Memory())
        with kaltura.Provider(options) as first, kaltura.Provider(options) as second:
            ks = first.load().ks
            self.comes_true(lambda: stored)
            self.assertEqual(second.load().ks, ks)
            second.invalidate()
            self.assertFalse(stored)

    def test_the_app_may_carry_the_requests(self) -> None:
        def transport(exchange: kaltura.Exchange) -> None:
            with exchange:
                request = urllib.request.Request(exchange.url, exchange.body, {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=exchange.timeout_ms / 1000) as reply:
                    for name, value in reply.headers.items():
                        exchange.add_header(name, value)
                    exchange.reply(reply.status, reply.read())

        with kaltura.start_session(replace(OPTIONS, transport=transport)) as session:
            self.assertGreater(session.remaining_ms, 3_600_000)

    def test_log_lines_come(self) -> None:
        lines: list[tuple[int, str]] = []
        options = replace(OPTIONS, log=lambda *line: lines.append(line), log_level=LogLevel.DEBUG)
        with kaltura.Provider(options) as provider:
            provider.load()
        self.assertTrue(lines)
        self.assertNotIn(TOKEN, str(lines))

    def test_a_forgotten_provider_answers_all_the_same(self) -> None:
        future = kaltura.Provider(OPTIONS).load_async()
        gc.collect()
        self.assertTrue(future.result(5).ks)

    def comes_true(self, condition: Any) -> None:
        deadline = time.monotonic() + 5
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(condition())

    def test_a_flow_out_of_turn_is_an_error_and_its_memory_fits(self) -> None:
        with kaltura.Flow(OPTIONS) as flow, kaltura.Flow(OPTIONS) as next_flow:
            with self.assertRaises(kaltura.KalturaError) as caught:
                flow.reply(200, b"")
            self.assertEqual(caught.exception.status, Status.WRONG_STATE)
            self.assertEqual(flow.step(), kaltura.FlowAction.SEND)
            self.assertIn(b"startWidgetSession", flow.url.encode() + flow.body)
            self.assertTrue(next_flow.set_memory(flow.memory()))


if __name__ == "__main__":
    unittest.main()

"""A valid KS, always at hand. The settings come from the environment:

  PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE

Sessions of three seconds show in a short time what else takes a day.
"""
import asyncio
import os
import sys
import time
from pathlib import Path

import kaltura_session as kaltura


def show(session: kaltura.Session) -> None:
    # The end of a KS tells one from another and shows nothing secret.
    print(f"session of {session.remaining_ms} ms ...{session.ks[-8:]}", flush=True)


async def load_four_at_once(provider: kaltura.Provider) -> None:
    for session in await asyncio.gather(*(provider.load_awaitable() for _ in range(4))):
        show(session)


def main() -> None:
    ca_file = os.environ.get("CA_FILE")
    options = kaltura.Options(
        int(os.environ["PARTNER_ID"]), os.environ["APP_TOKEN_ID"], os.environ["APP_TOKEN"],
        service_url=os.environ.get("SERVICE_URL"), ca_pem=[Path(ca_file).read_text()] if ca_file else [],
        expiry_seconds=3, log=lambda level, line: print(f"  provider: {line}", flush=True))
    with kaltura.Provider(options) as provider:
        print("Four tasks ask at once: one refresh serves them all.")
        asyncio.run(load_four_at_once(provider))

        print("Another call was refused with INVALID_KS: the session is dropped, and the next load brings another.")
        with provider.load() as refused:
            if provider.report_error(refused.ks, "INVALID_KS", "EXPIRED") == kaltura.Advice.REFRESH_AND_RETRY:
                show(provider.load())

        print("In the last fifth of its life a session is refreshed behind the scenes.")
        for _ in range(8):
            time.sleep(0.5)
            show(provider.load())


try:
    main()
except kaltura.KalturaError as error:
    sys.exit(f"{error}\n{error.hint}")

"""A session over Python's own HTTP: urllib carries what the flow asks for. Settings from the environment:

  PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE, USER_ID
"""
import os
import socket
import ssl
import sys
import time
import urllib.request
from urllib.error import HTTPError, URLError

from kaltura_session import Flow, FlowAction, KalturaError, Options, Session, Status

MAX_REPLY = 64 * 1024


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None  # urllib then gives the redirect as it is


def status_of(failure: OSError) -> Status:
    reason = failure.reason if isinstance(failure, URLError) else failure
    for kind, status in ((ssl.SSLCertVerificationError, Status.CERTIFICATE), (ssl.SSLError, Status.TLS),
                         (socket.gaierror, Status.DNS), (TimeoutError, Status.TIMEOUT),
                         (ConnectionRefusedError, Status.CONNECT)):
        if isinstance(reason, kind):
            return status
    return Status.CONNECTION_LOST


def send(flow: Flow, opener: urllib.request.OpenerDirector) -> None:
    # To the byte: the server ignores the body under any other spelling.
    request = urllib.request.Request(flow.url, flow.body, {"Content-Type": "application/json"})
    try:
        try:
            reply = opener.open(request, timeout=flow.timeout_ms / 1000)
        except HTTPError as error:
            reply = error
        with reply:
            body = reply.read(MAX_REPLY + 1)
    except OSError as failure:
        flow.fail(status_of(failure), str(failure))
        return
    for name, value in reply.headers.items():
        flow.add_header(name, value)
    flow.reply(reply.status, body)


def run(flow: Flow, opener: urllib.request.OpenerDirector) -> Session:
    while True:
        action = flow.step()
        if action == FlowAction.SEND:
            send(flow, opener)
        elif action == FlowAction.WAIT:
            time.sleep(flow.wait_ms / 1000)
        elif action == FlowAction.DONE:
            return flow.take_session()
        else:  # HASH comes only without an app token
            raise flow.take_error()


def main() -> None:
    environment = os.environ
    options = Options(int(environment["PARTNER_ID"]), environment["APP_TOKEN_ID"], environment["APP_TOKEN"],
                      service_url=environment.get("SERVICE_URL"), user_id=environment.get("USER_ID"))
    trust = ssl.create_default_context(cafile=environment.get("CA_FILE"))
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), NoRedirects)
    with Flow(options) as flow, run(flow, opener) as session:
        print(f"KS          {session.ks}")
        print(f"lives for   {session.remaining_ms // 1000} s")


try:
    main()
except KalturaError as error:
    sys.exit(f"{error}\n{error.hint}")

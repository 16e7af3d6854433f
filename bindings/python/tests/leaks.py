"""10,000 sessions and what goes with them: half are closed, half are left to the garbage collector."""
import os
from dataclasses import replace

import kaltura_session as kaltura

TOKEN = "303132333435363738393a3b3c3d3e3f"
options = kaltura.Options(101, "0_sha256tk", TOKEN, service_url=os.environ["FAKE_URL"], log=lambda *_: None,
                          hash_type=kaltura.HashType.SHA256)
for _ in range(500):
    provider = kaltura.Provider(options)
    for _ in range(10):
        provider.load().close()
        provider.load_async().result()
        provider.load_async().cancel()
        provider.peek()
        provider.invalidate()
    if _ % 2 == 0:
        provider.close()
for _ in range(5000):
    kaltura.start_session(options)
for _ in range(100):
    kaltura.generate_ks(options.service_url, 101, "0_sha256tk", TOKEN)
    for failing in (kaltura.Options(0, "", ""), replace(options, transport=lambda exchange: exchange.fail(kaltura.Status.TLS)),
                    replace(options, app_token=None, token_hash=lambda widget_ks: "no hash")):
        try:
            kaltura.start_session(replace(failing, max_attempts=1))
        except kaltura.KalturaError:
            pass

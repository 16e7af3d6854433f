// 10,000 sessions and what goes with them: half are closed, half are left to the garbage collector (node --expose-gc).
"use strict";

const { setTimeout: pause } = require("node:timers/promises");
const kaltura = require("..");

const options = { partnerId: 101, appTokenId: "0_sha256tk", appToken: "303132333435363738393a3b3c3d3e3f",
  serviceUrl: process.env.FAKE_URL, hashType: kaltura.HashType.SHA256, log: () => {} };

async function main() {
  for (let i = 0; i < 500; i++) {
    const provider = new kaltura.Provider(options);
    for (let j = 0; j < 10; j++) {
      (await provider.load()).close();
      await provider.load();
      await provider.load({ signal: AbortSignal.abort() }).catch(() => {});
      provider.peek();
      provider.invalidate();
    }
    if (i % 2 === 0) provider.close();
    if (i % 50 === 0) global.gc();
  }
  for (let i = 0; i < 5000; i++) {
    await kaltura.startSession(options);
    if (i % 1000 === 0) global.gc();
  }
  const failing = [{ partnerId: 0 }, { transport: (exchange) => exchange.fail(kaltura.Status.TLS) },
    { appToken: null, tokenHash: () => "no hash" }];
  for (let i = 0; i < 300; i++) await kaltura.startSession({ ...options, ...failing[i % 3], maxAttempts: 1 }).catch(() => {});
  for (let i = 0; i < 10; i++) {
    global.gc();
    await pause(50);
  }
}

main();

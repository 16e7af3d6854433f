// A valid KS, always at hand. The settings come from the environment:
//
//   PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE
//
// Sessions of three seconds show in a short time what else takes a day.
"use strict";

const { readFileSync } = require("node:fs");
const { setTimeout: pause } = require("node:timers/promises");
const { Advice, KalturaError, Provider } = require("kaltura-session");

const environment = process.env;

// The end of a KS tells one from another and shows nothing secret.
function show(session) {
  console.log(`session of ${session.remainingMs} ms ...${session.ks.slice(-8)}`);
  session.close();
}

async function main() {
  const provider = new Provider({
    partnerId: Number(environment.PARTNER_ID),
    appTokenId: environment.APP_TOKEN_ID,
    appToken: environment.APP_TOKEN,
    serviceUrl: environment.SERVICE_URL,
    caPem: environment.CA_FILE ? [readFileSync(environment.CA_FILE, "utf8")] : [],
    expirySeconds: 3,
    log: (level, line) => console.log(`  provider: ${line}`),
  });
  try {
    console.log("Four promises at once: one refresh serves them all.");
    (await Promise.all([1, 2, 3, 4].map(() => provider.load()))).forEach(show);

    console.log("Another call was refused with INVALID_KS: the session is dropped, and the next load brings another.");
    const refused = provider.peek();
    if (provider.reportError(refused.ks, "INVALID_KS", "EXPIRED") === Advice.REFRESH_AND_RETRY) show(await provider.load());
    refused.close();

    console.log("In the last fifth of its life a session is refreshed behind the scenes.");
    for (let i = 0; i < 8; i++) {
      await pause(500);
      show(await provider.load({ signal: AbortSignal.timeout(5000) }));
    }
  } finally {
    provider.close();
  }
}

main().catch((error) => {
  console.error(error instanceof KalturaError ? `${error.message}\n${error.hint}` : error);
  process.exitCode = 1;
});

// The wrapper against the fake server that FAKE_URL names.
"use strict";

const assert = require("node:assert");
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { beforeEach, test } = require("node:test");
const { setTimeout: pause } = require("node:timers/promises");
const kaltura = require("..");
const { keptCount } = require("../library.js");

const { Adjustment, Advice, Category, End, LogLevel, Status } = kaltura;
const url = process.env.FAKE_URL;
const token = "303132333435363738393a3b3c3d3e3f";
const options = { partnerId: 101, appTokenId: "0_sha256tk", appToken: token, serviceUrl: url };
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

async function control(path, body = "") {
  assert((await fetch(`${url}/_fake/${path}`, { method: "POST", body })).ok);
}

async function withProvider(use, others = {}) {
  const provider = new kaltura.Provider({ ...options, ...others });
  try {
    await use(provider);
  } finally {
    provider.close();
  }
}

beforeEach(() => control("reset"));

async function play(action, options) {
  try {
    if (action === "start") {
      const { partnerId, userId, grantedType, adjustments, hashType } = await kaltura.startSession(options);
      return `partner=${partnerId} user=${userId} type=${grantedType} adjustments=${adjustments} hash=${hashType}`;
    }
    const provider = new kaltura.Provider(options);
    const first = await provider.load(action === "cancelled" ? { signal: AbortSignal.timeout(100) } : {});
    const again = await provider.load();
    const advice = provider.reportError(first.ks, "INVALID_KS", "EXPIRED");
    return `same=${Number(first.ks === again.ks)} advice=${advice} other=${Number((await provider.load()).ks !== first.ks)}`;
  } catch (e) {
    if (action === "cancelled") return `status=${e.status}`;
    return `status=${e.status} category=${e.category} step=${e.step} option=${e.option ?? ""} code=${e.apiCode ?? ""} ` +
      `id=${e.apiArgs.ID ?? ""} http=${e.httpStatus} retryable=${Number(e.isRetryable)} attempts=${e.attempts} ` +
      `told=${Number(e.message !== "" && e.hint !== "")}`;
  }
}

test("every story ends as in every language", async () => {
  const lines = readFileSync("bindings/stories.txt", "utf8").trim().split("\n").filter((line) => !line.startsWith("#"));
  assert(lines.length >= 9);
  for (const line of lines) {
    const [action, script, appTokenId, appToken, userId, attempts, outcome] = line.split("|").map((cell) => cell.trim());
    await control("reset");
    await control("script", script);
    const told = { ...options, appTokenId, appToken, userId, maxAttempts: Number(attempts), hashType: kaltura.HashType.SHA256 };
    assert.strictEqual(await play(action, told), outcome, line);
  }
});

test("a session says what was granted", async () => {
  const wanted = { ...options, userId: "jürgen", expirySeconds: 600, privileges: "edit:0_entry1" };
  const session = await kaltura.startSession(wanted);
  assert(session.ks.length > 100);
  assert.deepStrictEqual([session.partnerId, session.userId], [101, "jürgen"]);
  assert(session.remainingMs > 590_000 && session.remainingMs <= 600_000);
  assert.strictEqual(session.adjustments, Adjustment.PRIVILEGES_DROPPED);
  assert.strictEqual(session.droppedPrivileges, "edit:0_entry1");
  session.close();
  assert.strictEqual(session.ks, "");
});

test("an error of the server's has status, code and hint", async () => {
  await assert.rejects(kaltura.startSession({ ...options, appToken: "0".repeat(32) }), (error) => {
    assert(error instanceof kaltura.KalturaError);
    assert.deepStrictEqual([error.status, error.category], [Status.APP_TOKEN_MISMATCH, Category.SERVER]);
    assert.deepStrictEqual([error.code, error.apiCode], ["KALTURA_STATUS_APP_TOKEN_MISMATCH", "INVALID_APP_TOKEN_HASH"]);
    assert.match(error.hint, /token/);
    return true;
  });
});

test("the arguments of an error are given", async () => {
  await assert.rejects(kaltura.startSession({ ...options, appTokenId: "0_missing1" }), { apiArgs: { ID: "0_missing1" } });
});

test("a bad value is named, and none is cut off", () => {
  const refused = { status: Status.INVALID_ARGUMENT, option: "user_id" };
  assert.throws(() => new kaltura.Provider({ ...options, userId: "a\0b" }), refused);
  assert.throws(() => new kaltura.Provider({ ...options, maxAttempts: 2 ** 32 + 1 }), RangeError);
  assert.throws(() => new kaltura.Provider({ ...options, expirySeconds: 1.5 }), RangeError);
  assert.throws(() => new kaltura.Provider({ ...options, colour: "red" }), TypeError);
});

test("an abort signal cancels a load and a start", async () => {
  await control("script", "widget:* hold name=gate");
  await withProvider(async (provider) => {
    const signal = AbortSignal.timeout(100);
    const cancelled = (error) => error.status === Status.CANCELLED && error.cause === signal.reason;
    await assert.rejects(provider.load({ signal }), cancelled);
    await assert.rejects(provider.load({ signal }), cancelled);
    await assert.rejects(kaltura.startSession(options, { signal }), cancelled);
  });
});

test("the event loop runs while a load waits", async () => {
  await control("script", "widget:1 delay-head ms=300");
  await withProvider(async (provider) => {
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    await provider.load();
    clearInterval(ticking);
    assert(ticks > 5, `${ticks} ticks`);
  });
});

test("closing a provider ends its loads", async () => {
  await control("script", "widget:1 hold name=gate");
  const provider = new kaltura.Provider(options);
  const load = provider.load();
  provider.close();
  await assert.rejects(load, { status: Status.SHUT_DOWN });
  await assert.rejects(provider.load(), { status: Status.INVALID_ARGUMENT });
});

test("an invalidated session is refreshed", async () => {
  await withProvider(async (provider) => {
    const first = await provider.load();
    assert.strictEqual((await provider.load()).ks, first.ks);
    provider.invalidate(first.ks);
    assert.strictEqual(provider.peek(), null);
    const second = await provider.load();
    assert.notStrictEqual(second.ks, first.ks);
    assert.strictEqual(provider.reportError(second.ks, "INVALID_KS", "EXPIRED"), Advice.REFRESH_AND_RETRY);
  });
});

test("a switched user gets sessions of his own", async () => {
  await withProvider(async (provider) => {
    provider.setUserId("another");
    assert.strictEqual((await provider.load()).userId, "another");
  });
});

test("an ended session is gone for good", async () => {
  await withProvider(async (provider) => {
    await provider.load();
    await provider.endSession(End.ALL_SESSIONS_OF_APP_TOKEN);
    await assert.rejects(provider.load(), { status: Status.INVALID_KS });
  });
});

test("the token may stay on a backend", async () => {
  const tokenHash = async (widgetKs) => sha256(widgetKs + token);
  await withProvider((provider) => provider.load(), { appToken: undefined, tokenHash });
  const away = async () => { throw new Error("the backend is away"); };
  await assert.rejects(kaltura.startSession({ ...options, appToken: undefined, tokenHash: away }),
    { status: Status.CALLBACK_FAILED, message: /the backend is away/ });
});

test("the token hash is told when nobody waits any more", async () => {
  let told;
  const tokenHash = (widgetKs, signal) => new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(told = signal.reason));
  });
  const signal = AbortSignal.timeout(100);
  await assert.rejects(kaltura.startSession({ ...options, appToken: undefined, tokenHash }, { signal }), { status: Status.CANCELLED });
  while (told === undefined) await pause(10);
});

test("a store keeps the session", async () => {
  const stored = new Map();
  const store = { load: (key) => stored.get(key), save: (key, bytes) => Boolean(stored.set(key, bytes)), clear: (key) => stored.delete(key) };
  await withProvider(async (first) => {
    const { ks } = await first.load();
    while (stored.size === 0) await pause(10);
    await withProvider(async (second) => {
      assert.strictEqual((await second.load()).ks, ks);
      second.invalidate();
      assert.strictEqual(stored.size, 0);
    }, { store });
  }, { store });
});

test("the program may carry the requests", async () => {
  const transport = async (exchange, signal) => {
    const headers = { "Content-Type": "application/json" };
    const reply = await fetch(exchange.url, { method: "POST", headers, body: exchange.body, signal });
    for (const [name, value] of reply.headers) exchange.addHeader(name, value);
    exchange.reply(reply.status, new Uint8Array(await reply.arrayBuffer()));
  };
  await withProvider(async (provider) => assert((await provider.load()).remainingMs > 3_600_000), { transport });
  await control("script", "widget:* hold name=gate");
  const signal = AbortSignal.timeout(100);
  await assert.rejects(kaltura.startSession({ ...options, transport }, { signal }), { status: Status.CANCELLED });
});

test("log lines come", async () => {
  const lines = [];
  await withProvider((provider) => provider.load(), { log: (level, line) => lines.push(line), logLevel: LogLevel.DEBUG });
  assert(lines.length > 0 && !lines.join().includes(token));
});

test("nothing is kept for callbacks that came", async () => {
  while (keptCount() > 0) await pause(10);
});

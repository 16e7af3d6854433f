// Kaltura Sessions (KS) from app tokens, and a provider that keeps a valid one at hand. A thin layer over libkaltura_session;
// kaltura_session.h is the manual. Names are its names in camelCase.
"use strict";

const { ABI_VERSION, callbacks, functions, int32Options, setters, ...enums } = require("./c_api.js");
const { bytesOf, call, callback, callOnThread, callOrThrow, failure, keep, letGo } = require("./library.js");
const { Exchange, KalturaError, ProviderMethods, Session, ...calls } = require("./handles.js");

// The functions that C calls, on the event loop. A store's are called while a refresh waits for them.
const cancelled = callback("cancel_fn", (abort) => abort.abort());
const tokenHash = callback("token_hash_fn", async (hash, hashing) => {
  const abort = new AbortController();
  call("hashing_on_cancel", hashing, cancelled, keep(abort), letGo);
  try {
    call("hashing_reply", hashing, await hash(call("hashing_widget_ks", hashing), abort.signal));
  } catch (failure) {
    call("hashing_fail", hashing, String(failure));
  } finally {
    call("hashing_free", hashing);
  }
});
const send = callback("send_fn", async (transport, pointer) => {
  const exchange = new Exchange(pointer);
  const abort = new AbortController();
  call("exchange_on_cancel", pointer, cancelled, keep(abort), letGo);
  try {
    await transport(exchange, abort.signal);
  } catch (failure) {
    exchange.fail(enums.Status.CONNECTION_LOST, String(failure));
  } finally {
    exchange.close();
  }
});
const storeLoad = callback("store_load_fn", (store, key, blob) => {
  const bytes = store.load(key);
  if (bytes) call("blob_set", blob, bytes, bytes.length);
});
const storeSave = callback("store_save_fn", (store, key, bytes, length) => Number(store.save(key, bytesOf(bytes, length))));
const storeClear = callback("store_clear_fn", (store, key) => Number(store.clear(key)));
const logLine = callback("log_fn", (log, level, line) => log(level, line));
const loaded = callback("load_fn", (take, session, error) => take(session, error));
const ended = callback("done_fn", (take, error) => take(true, error));

/** C options, to be freed. What is undefined or null is the library's default. */
function newOptions({ partnerId, appTokenId, appToken, tokenHash: hash, transport, store, log, logLevel, ...others }) {
  const options = call("options_new", partnerId, appTokenId, appToken ?? null);
  try {
    for (const [name, value] of Object.entries(others)) setOption(options, name, value ?? null);
    if (hash) call("options_set_token_hash", options, tokenHash, keep(hash), letGo);
    if (transport) call("options_set_transport", options, send, keep(transport), letGo);
    if (store) call("options_set_store", options, storeLoad, storeSave, storeClear, keep(store), letGo);
    if (log) call("options_set_log", options, logLevel ?? enums.LogLevel.INFO, logLine, keep(log), letGo);
    return options;
  } catch (failure) {
    call("options_free", options);
    throw failure;
  }
}

function setOption(options, name, value) {
  if (!(name in setters)) throw new TypeError(`there is no option ${name}`);
  if (value === null) return;
  const [setter, takesOneByOne] = setters[name];
  if (int32Options.has(name) && typeof value === "number" && (value | 0) !== value) throw new RangeError(`${name} is out of range`);
  if (takesOneByOne) value.forEach((each) => call(setter, options, each));
  else call(setter, options, ...[value].flat());
}

/** Makes a call that an AbortSignal may cancel, and frees the cancellation when its promise is settled. */
async function cancelledBy(signal, start) {
  const cancellation = call("cancellation_new");
  const cancel = () => call("cancellation_cancel", cancellation);
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  try {
    return await start(cancellation);
  } finally {
    signal?.removeEventListener("abort", cancel);
    call("cancellation_free", cancellation);
  }
}

/** Calls an _async function, whose callback settles the promise. */
function completed(name, values, callback, holder, signal) {
  return new Promise((resolve, reject) => {
    // A pending answer keeps neither the event loop nor its provider alive by itself.
    const alive = setInterval(() => holder, 2 ** 30);
    const take = (result, error) => {
      clearInterval(alive);
      if (error !== null) reject(failure(error, signal?.reason));
      else resolve(result);
    };
    try {
      callOrThrow(name, ...values, callback, keep(take), letGo);
    } catch (failure) {
      clearInterval(alive);
      reject(failure);
    }
  });
}

/** A new session. It keeps a thread of libuv's pool busy: for many at once use a Provider. */
async function startSession(options, { signal } = {}) {
  const handle = newOptions(options);
  try {
    const error = [null];
    const start = (cancellation) => callOnThread("start_session", handle, cancellation, error);
    const session = await cancelledBy(signal, start);
    if (session === null) throw failure(error[0], signal?.reason);
    return new Session(session);
  } finally {
    call("options_free", handle);
  }
}

/** Keeps a valid session at hand. */
class Provider extends ProviderMethods {
  constructor(options) {
    const handle = newOptions(options);
    try {
      super(callOrThrow("provider_new", handle));
    } finally {
      call("options_free", handle);
    }
  }

  /** A promise of a valid session. */
  async load({ signal } = {}) {
    const start = (cancellation) => completed("provider_load_async", [this.pointer, cancellation], loaded, this, signal);
    return new Session(await cancelledBy(signal, start));
  }

  /** Ends every session of the app token, at the server. */
  async endSession(flags, { signal } = {}) {
    const start = (cancellation) =>
      completed("provider_end_session_async", [this.pointer, flags, cancellation], ended, this, signal);
    await cancelledBy(signal, start);
  }

  /** Ends what is under way. Again, it does nothing. */
  close() {
    const pointer = this.release();
    if (pointer === null) return;
    call("provider_shutdown", pointer);
    // Meanwhile the event loop lives on: a callback after its end would abort the process.
    callOnThread("provider_drain", pointer, 10_000).finally(() => call("provider_free", pointer));
  }
}

module.exports = { ...enums, ...calls, Exchange, KalturaError, Provider, Session, startSession };

// Kaltura Sessions (KS) from app tokens, and a provider that keeps a valid one at hand. A thin layer over libkaltura_session;
// kaltura_session.h is the manual. Names are its names in camelCase.
"use strict";

const constants = require("./c_api.js");
const { call, callback, callOnThread, keep, letGo, textOf, typeOfOption } = require("./library.js");

const { ABI_VERSION, Status, LogLevel } = constants;
if (call("abi_version") !== ABI_VERSION) throw new Error(`libkaltura_session has ABI ${call("abi_version")}, not ${ABI_VERSION}`);

/** Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. */
class KalturaError extends Error {
  constructor(error, cause) {
    const ask = (name) => call(`error_${name}`, error);
    try {
      super(ask("message"), { cause });
      this.name = "KalturaError";
      this.status = ask("status");
      this.code = call("status_name", this.status);
      this.category = ask("category");
      this.step = ask("step");
      this.hint = ask("hint");
      this.option = ask("option");
      this.apiCode = ask("api_code");
      this.apiMessage = ask("api_message");
      this.apiArgs = {};
      for (let index = 0, name; (name = call("error_api_arg_name", error, index)) !== null; index++) {
        this.apiArgs[name] = call("error_api_arg", error, name);
      }
      this.ksReason = ask("ks_reason");
      this.httpStatus = ask("http_status");
      this.isRetryable = ask("is_retryable") !== 0;
      this.retryAfterMs = ask("retry_after_ms");
      this.attempts = ask("attempts");
      this.serverSession = ask("server_session");
      this.serverHost = ask("server_host");
    } finally {
      call("error_free", error);
    }
  }
}

/** Calls a function whose last parameter is an error, and throws that. */
function callOrThrow(name, ...values) {
  const error = [null];
  const result = call(name, ...values, error);
  if (error[0] !== null) throw new KalturaError(error[0]);
  return result;
}

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

const tokenHash = callback("token_hash_fn", async (hash, hashing) => {
  const abort = new AbortController();
  call("hashing_on_cancel", hashing, hashCancelled, keep(abort), letGo);
  try {
    call("hashing_reply", hashing, await hash(call("hashing_widget_ks", hashing), abort.signal));
  } catch (failure) {
    call("hashing_fail", hashing, String(failure));
  } finally {
    call("hashing_free", hashing);
  }
});
const hashCancelled = callback("cancel_fn", (abort) => abort.abort());
const logLine = callback("log_fn", (log, level, line) => log(level, line));
const loaded = callback("load_fn", (take, session, error) => take(session, error));
const ended = callback("done_fn", (take, error) => take(true, error));

/** C options, to be freed. What is undefined or null is the library's default. */
function newOptions({ partnerId, appTokenId, appToken, tokenHash: hash, log, logLevel, refreshWindowsSeconds, ...others }) {
  const options = call("options_new", partnerId, appTokenId, appToken ?? null);
  try {
    for (const [name, value] of Object.entries(others)) setOption(options, snakeCase(name), value);
    if (refreshWindowsSeconds) call("options_set_refresh_windows_seconds", options, ...refreshWindowsSeconds);
    if (hash) call("options_set_token_hash", options, tokenHash, keep(hash), letGo);
    if (log) call("options_set_log", options, logLevel ?? LogLevel.INFO, logLine, keep(log), letGo);
    return options;
  } catch (failure) {
    call("options_free", options);
    throw failure;
  }
}

function setOption(options, name, value) {
  const setter = `options_${Array.isArray(value) ? "add" : "set"}_${name}`;
  const type = typeOfOption(setter);
  if (type === undefined) throw new TypeError(`there is no option ${name}`);
  for (const each of [value ?? []].flat()) {
    if (type === "int32_t" && typeof each === "number" && (each | 0) !== each) throw new RangeError(`${name} is out of range`);
    call(setter, options, each);
  }
}

// What was dropped without close().
const forgotten = new FinalizationRegistry(({ free, pointer }) => call(free, pointer));

/** A pointer that is freed once, by close() or the garbage collector. */
class Handle {
  #pointer;
  #kind;

  constructor(pointer, kind) {
    this.#pointer = pointer;
    this.#kind = kind;
    forgotten.register(this, { free: `${kind}_free`, pointer }, this);
  }

  /** NULL when it is closed, which the library answers with nothing or an error. */
  get pointer() {
    return this.#pointer;
  }

  ask(name, ...values) {
    return call(`${this.#kind}_${name}`, this.#pointer, ...values);
  }

  /** Lets go of it. Again, it does nothing. */
  close() {
    forgotten.unregister(this);
    call(`${this.#kind}_free`, this.#pointer);
    this.#pointer = null;
  }
}
if (Symbol.dispose) Handle.prototype[Symbol.dispose] = Handle.prototype.close;

/** A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected. */
class Session extends Handle {
  constructor(pointer) {
    super(pointer, "session");
  }
}
for (const property of ["ks", "partnerId", "userId", "grantedType", "privileges", "droppedPrivileges", "adjustments", "hashType",
  "expiresAtSeconds", "remainingMs"]) {
  Object.defineProperty(Session.prototype, property, { get() { return this.ask(snakeCase(property)); } });
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
      if (error !== null) reject(new KalturaError(error, signal?.reason));
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
    if (session === null) throw new KalturaError(error[0], signal?.reason);
    return new Session(session);
  } finally {
    call("options_free", handle);
  }
}

/** Keeps a valid session at hand. */
class Provider extends Handle {
  constructor(options) {
    const handle = newOptions(options);
    try {
      super(callOrThrow("provider_new", handle), "provider");
    } finally {
      call("options_free", handle);
    }
  }

  get serviceUrl() {
    return this.ask("service_url");
  }

  get partnerId() {
    return this.ask("partner_id");
  }

  /** A promise of a valid session. */
  async load({ signal } = {}) {
    const start = (cancellation) => completed("provider_load_async", [this.pointer, cancellation], loaded, this, signal);
    return new Session(await cancelledBy(signal, start));
  }

  /** The cached session, if one lives, else null. */
  peek() {
    const session = this.ask("peek");
    return session === null ? null : new Session(session);
  }

  /** Starts a refresh in the background, if one is due. */
  prefetch() {
    this.ask("prefetch");
  }

  /** Drops a session; without a KS, whatever there is: for a user's log-out. */
  invalidate(ks = null) {
    this.ask("invalidate", ks);
  }

  /** What to do, an Advice, about an error that another call to the server gave for a KS. */
  reportError(ks, apiCode, ksid = null) {
    return this.ask("report_error", ks, apiCode, ksid);
  }

  /** Switches the user. */
  setUserId(userId) {
    callOrThrow("provider_set_user_id", this.pointer, userId);
  }

  /** Ends every session of the app token, at the server. */
  async endSession(flags, { signal } = {}) {
    const start = (cancellation) =>
      completed("provider_end_session_async", [this.pointer, flags, cancellation], ended, this, signal);
    await cancelledBy(signal, start);
  }
}

const { callbacks, functions, ...enums } = constants;
module.exports = { ...enums, KalturaError, Provider, Session, startSession, version: () => call("version") };

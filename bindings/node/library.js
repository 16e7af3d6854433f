// What the rest needs to call the C functions.
"use strict";

const koffi = require("koffi");
const { ABI_VERSION, callbacks, functions } = require("./c_api.js");

const isApple = process.platform === "darwin";
const library = koffi.load(isApple ? `libkaltura_session.${ABI_VERSION}.dylib` : `libkaltura_session.so.${ABI_VERSION}`);
const callbackTypes = new Map(callbacks.map((prototype) => [nameOf(prototype), koffi.pointer(koffi.proto(prototype))]));
const prototypes = new Map(functions.map((prototype) => [nameOf(prototype), prototype]));
const called = new Map();

function nameOf(prototype) {
  return /kaltura_(\w+)\(/.exec(prototype)[1];
}

function find(name) {
  if (!called.has(name)) called.set(name, library.func(prototypes.get(name)));
  return called.get(name);
}

// koffi would cut these off without a word; the library refuses what they become.
function checked(value) {
  if (typeof value === "string") return value.replaceAll("\0", "\x01");
  if (typeof value === "number" && !(Number.isInteger(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`${value} is not a whole number`);
  }
  return typeof value === "boolean" ? Number(value) : value;
}

/** Calls kaltura_<name>. */
const call = (name, ...values) => find(name)(...values.map(checked));
if (call("abi_version") !== ABI_VERSION) throw new Error(`libkaltura_session has ABI ${call("abi_version")}, not ${ABI_VERSION}`);

/** What to throw for an error, which is freed. */
const failure = (error, cause) => new (require("./handles.js").KalturaError)(error, cause);

/** Calls a function whose last parameter is an error, and throws that. */
function callOrThrow(name, ...values) {
  const error = [null];
  const result = call(name, ...values, error);
  if (error[0] !== null) throw failure(error[0]);
  return result;
}

/** Calls it on a thread of libuv's pool. */
const callOnThread = (name, ...values) =>
  new Promise((resolve, reject) => {
    find(name).async(...values.map(checked), (failure, result) => (failure ? reject(failure) : resolve(result)));
  });

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
    call(`${this.#kind}_free`, this.release());
  }

  /** Gives the pointer away, to be freed. */
  release() {
    const pointer = this.#pointer;
    forgotten.unregister(this);
    this.#pointer = null;
    return pointer;
  }
}
if (Symbol.dispose) Handle.prototype[Symbol.dispose] = function () { this.close(); };

// JavaScript values that the library holds as user_data, by number. Each callback exists once, and is handed the value.
const kept = new Map();
let lastNumber = 0;

function keep(value) {
  kept.set(++lastNumber, value);
  return lastNumber;
}

const callback = (type, take) =>
  koffi.register((number, ...values) => take(kept.get(Number(number)), ...values), callbackTypes.get(type));
const letGo = koffi.register((number) => kept.delete(Number(number)), callbackTypes.get("destroy_fn"));
const bytesOf = (pointer, length) => Buffer.from(koffi.decode(pointer, "uint8_t", Number(length)));

module.exports = { Handle, bytesOf, call, callOrThrow, callOnThread, callback, failure, keep, keptCount: () => kept.size, letGo };

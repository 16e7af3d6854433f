// What index.js needs to call the C functions.
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
exports.call = (name, ...values) => find(name)(...values.map(checked));

/** Calls it on a thread of libuv's pool. */
exports.callOnThread = (name, ...values) =>
  new Promise((resolve, reject) => {
    find(name).async(...values.map(checked), (failure, result) => (failure ? reject(failure) : resolve(result)));
  });

/** The type of the value in an option's setter, undefined if there is no such option. */
exports.typeOfOption = (setter) => /^void kaltura_\w+\(void \* options, (\S+) \w+\)$/.exec(prototypes.get(setter) ?? "")?.[1];

exports.textOf = (pointer) => koffi.decode(pointer, "char", -1);

// JavaScript values that the library holds as user_data, by number. Each callback exists once, and is handed the value.
const kept = new Map();
let lastNumber = 0;

exports.keptCount = () => kept.size;

exports.keep = (value) => {
  kept.set(++lastNumber, value);
  return lastNumber;
};

function callback(type, take) {
  return koffi.register((number, ...values) => take(Number(number), ...values), callbackTypes.get(type));
}

exports.letGo = callback("destroy_fn", (number) => kept.delete(number));

exports.callback = (type, take) => callback(type, (number, ...values) => take(kept.get(number), ...values));

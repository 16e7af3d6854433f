import { Exchange, OptionValues, ProviderMethods, Session } from "./handles.js";
export * from "./handles.js";

/** Where a provider keeps its session between runs. What it saves holds secrets. */
export interface Store {
  load(key: string): Uint8Array | null | undefined;
  save(key: string, bytes: Uint8Array): boolean;
  clear(key: string): boolean;
}

/** What a session shall be. A bad value is reported by the call that takes the options. Callbacks run on the event loop. */
export interface Options extends OptionValues {
  /** From the widget KS to hex(H(widget KS + app token)). The signal is aborted when nobody waits for it any more. */
  tokenHash?: (widgetKs: string, signal: AbortSignal) => string | Promise<string>;
  /** Carries each request over an HTTP stack of the program's. */
  transport?: (exchange: Exchange, signal: AbortSignal) => void | Promise<void>;
  store?: Store;
  /** Takes a LogLevel and a line. */
  log?: (level: number, line: string) => void;
  /** LogLevel.INFO by default. */
  logLevel?: number;
}

export interface Cancellable {
  signal?: AbortSignal;
}

/** A new session. It keeps a thread of libuv's pool busy: for many at once use a Provider. */
export function startSession(options: Options, how?: Cancellable): Promise<Session>;

/** Keeps a valid session at hand. */
export class Provider extends ProviderMethods {
  constructor(options: Options);
  /** A promise of a valid session. */
  load(how?: Cancellable): Promise<Session>;
  /** Ends every session of the app token, at the server. flags: End.ALL_SESSIONS_OF_APP_TOKEN. */
  endSession(flags: number, how?: Cancellable): Promise<void>;
}

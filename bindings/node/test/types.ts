// What a program in TypeScript may write, and what it may not; nothing here runs.
import { Adjustment, End, KalturaError, Options, Provider, Session, Status, startSession, version } from "..";

const options: Options = {
  partnerId: 101, appTokenId: "0_ab12cd34", appToken: null, caPem: ["pem"], refreshWindowsSeconds: [60, 10],
  tokenHash: async (widgetKs, signal) => (signal.aborted ? "" : widgetKs),
  transport: (exchange) => exchange.reply(200, new Uint8Array(exchange.body.length)),
  store: { load: () => null, save: () => true, clear: () => true },
  log: (level, line) => console.log(level, line),
};

export async function story(): Promise<string> {
  using provider = new Provider(options);
  try {
    const session: Session = await provider.load({ signal: AbortSignal.timeout(5000) });
    const peeked: Session | null = provider.peek();
    if (session.adjustments & Adjustment.USER_REPLACED) provider.invalidate();
    await provider.endSession(End.ALL_SESSIONS_OF_APP_TOKEN);
    return (peeked ?? (await startSession(options))).ks + version();
  } catch (error) {
    if (error instanceof KalturaError && error.status === Status.TIMEOUT) return error.code + error.hint + (error.apiCode ?? "");
    throw error;
  }
}

// @ts-expect-error there is no such option
new Provider({ partnerId: 101, appTokenId: "", colour: "red" });
// @ts-expect-error sessions come from the library
new Session();

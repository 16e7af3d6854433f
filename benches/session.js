// Sessions with Kaltura's own Node client, from npm. As benches/contender.h has it: URL CA_FILE [COUNT]; NODE_EXTRA_CA_CERTS
// names the CA file too.
const { createHash } = require('crypto');
const { createInterface } = require('readline');
const kaltura = require('kaltura-client');

const [url, , count] = process.argv.slice(2);
const APP_TOKEN_ID = '0_sha256tk';
const APP_TOKEN = '303132333435363738393a3b3c3d3e3f';

const config = new kaltura.Configuration();
config.serviceUrl = url;
config.logger = { log() {}, error() {}, debug() {} };
const client = new kaltura.Client(config);

const call = (action) =>
  new Promise((resolve, reject) => action.completion((ok, result) => (ok ? resolve(result) : reject(result))).execute(client));

async function startSessions(count) {
  const before = process.hrtime.bigint();
  for (let index = 0; index < count; index++) {
    client.setKs(null);
    const { ks } = await call(kaltura.services.session.startWidgetSession('_101'));
    client.setKs(ks);
    const tokenHash = createHash('sha256').update(ks + APP_TOKEN).digest('hex');
    const session = await call(kaltura.services.appToken.startSession(APP_TOKEN_ID, tokenHash));
    if (!session.ks.startsWith('djJ8') || !(session.expiry > 0)) throw new Error('that is no KS');
  }
  return process.hrtime.bigint() - before;
}

(async () => {
  if (count) {
    await startSessions(Number(count));
  } else {
    for await (const line of createInterface({ input: process.stdin })) console.log(String(await startSessions(Number(line))));
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});

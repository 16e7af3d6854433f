// use_session.js TOOL: Kaltura's Node client uses a session that ours started with an app token, and one that it signed.
const { execFileSync } = require('child_process');
const kaltura = require('kaltura-client');

const tool = process.argv[2];
const config = new kaltura.Configuration();
config.serviceUrl = process.env.KALTURA_SERVICE_URL;
const client = new kaltura.Client(config);

const run = (words, env) =>
  execFileSync(tool, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();

const call = (action) =>
  new Promise((resolve, reject) =>
    action.completion((success, result) => (success ? resolve(result) : reject(new Error(JSON.stringify(result))))).execute(client),
  );

const expect = (truth, words) => {
  if (!truth) throw new Error(words);
};

(async () => {
  client.setKs(run(['generate', '--app-token-id', '0_sha256tk'], { KALTURA_APP_TOKEN: '303132333435363738393a3b3c3d3e3f' }));
  expect((await call(kaltura.services.system.ping())) === true, 'the session works');

  client.setKs(run(['sign', '--type', 'admin', '--user-id', 'boss']));
  const token = await call(kaltura.services.appToken.get('0_sha256tk'));
  expect(token.id === '0_sha256tk', 'the client reads an app token');
  const session = await call(kaltura.services.session.get());
  expect(session.userId === 'boss', 'the server reads the signed KS');
  console.log('ping, appToken.get and session.get');
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});

// Opens the page, does what its arguments say, and prints what the page shows after each step, and what was sent for it.
const { createElement } = require('react');
const { RelayEnvironmentProvider } = require('react-relay');
const renderer = require('react-test-renderer');
const { commitMutation, Environment, Network, RecordSource, Store } = require('relay-runtime');
const page = require('./page.js');

const { url, headers, zone, steps } = JSON.parse(process.argv[2]);
const sent = [];

async function send({ name, text }, variables) {
  sent.push(name);
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  return response.json();
}

const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
const controls = {};
const content = createElement(page.Page, { zone, controls });
const root = renderer.create(createElement(RelayEnvironmentProvider, { environment }, content));

/** What the page shows when it has stood still for a while. */
async function shown() {
  let before;
  for (;;) {
    const now = JSON.stringify(root.toJSON());
    if (now !== 'null' && now === before) return root.toJSON();
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function main() {
  const results = [];
  const record = async () => results.push({ shown: await shown(), sent: sent.splice(0) });
  await record();
  for (const { press, mutation, input } of steps) {
    if (press) controls[press]();
    else await mutate(page[mutation], { input });
    await record();
  }
  // Timers of Relay, which keep what the page has shown, would go on for minutes.
  process.stdout.write(JSON.stringify(results), () => process.exit());
}

const mutate = (mutation, variables) =>
  new Promise((onCompleted, onError) =>
    commitMutation(environment, { mutation, variables, onCompleted, onError }),
  );

main();

// What the scripts of the JavaScript clients share: a scenario is a function with a name, the org is asked past the client.
const assert = require('node:assert');

const URL_ = process.env.SF_INSTANCE_URL;
const scenarios = [];

async function asked(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${URL_}/__sandbox__/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return text && JSON.parse(text);
}

// What a promise is rejected with.
async function refusal(promise) {
  const found = await promise.then(
    () => null,
    (error) => error,
  );
  assert.ok(found, 'nothing was refused');
  return found;
}

// Plays every scenario and prints a line of JSON for each: its name, and why it failed.
async function main() {
  for (const { name, play } of scenarios) {
    let error = null;
    try {
      await play();
    } catch (thrown) {
      error = String((thrown && thrown.stack) || thrown).slice(0, 1500);
    }
    console.log(JSON.stringify({ name, error }));
  }
  process.exit(0);
}

module.exports = {
  url: URL_,
  main,
  refusal,
  scenario: (name, play) => scenarios.push({ name, play }),
  records: (name) => asked('GET', `records/${name}`),
  insert: (name, rows) => asked('POST', `records/${name}`, rows),
  held: async (name, key) => (await asked('GET', `records/${name}`)).find((each) => each.Ext__c === key),
  expireSessions: () => asked('POST', 'expire'),
  inject: (fault) => asked('POST', 'faults', fault),
  credentials: () => asked('GET', 'login'),
};

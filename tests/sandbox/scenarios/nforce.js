// nforce: every scenario is what one of its users does.
const assert = require('node:assert');
const nforce = require('nforce');
const { credentials, expireSessions, held, insert, main, records, refusal, scenario, url } = require('./harness');

// Some calls go to addresses of Salesforce that are written into the client: nothing may leave this machine.
Object.assign(process.env, { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' });

const redirectUri = 'http://localhost:3000/oauth/_callback';
let login;
let org;
let oauth;

async function connect(more = {}) {
  login = login || (await credentials());
  return nforce.createConnection({
    clientId: login.consumer_key,
    clientSecret: login.consumer_secret,
    redirectUri,
    loginUri: `${url}/services/oauth2/token`,
    authEndpoint: `${url}/services/oauth2/authorize`,
    apiVersion: 'v60.0',
    ...more,
  });
}

const user = () => ({ username: login.username, password: login.password, securityToken: login.token });
const record = (type, fields) => nforce.createSObject(type, fields);

async function created(type, fields) {
  const sobject = record(type, fields);
  await org.insert({ sobject, oauth });
  return sobject;
}

scenario('logs in by password', async () => {
  org = await connect();
  oauth = await org.authenticate(user());
  assert.strictEqual(oauth.instance_url, url);
  assert.ok(oauth.id.includes('/id/00D'));
});

scenario('a wrong password is invalid_grant', async () => {
  const error = await refusal(org.authenticate({ ...user(), password: 'wrong' }));
  assert.match(error.message, /^invalid_grant/);
  assert.strictEqual(error.statusCode, 400);
});

scenario('logs in by the web server flow and refreshes', async () => {
  const sent = await fetch(org.getAuthUri({ state: 'x' }), { redirect: 'manual' });
  const code = new URL(sent.headers.get('location')).searchParams.get('code');
  const found = await org.authenticate({ code });
  const first = found.access_token;
  await org.refreshToken({ oauth: found });
  assert.notStrictEqual(found.access_token, first);
  assert.ok((await org.getLimits({ oauth: found })).DailyApiRequests.Max > 0);
});

scenario('single mode keeps the login to itself', async () => {
  const single = await connect({ mode: 'single', redirectUri: undefined });
  await single.authenticate(user());
  assert.strictEqual((await single.query({ query: 'SELECT Id FROM User' })).totalSize > 0, true);
});

scenario('reads the identity', async () => {
  assert.strictEqual((await org.getIdentity({ oauth })).username, login.username);
});

scenario('lists the resources', async () => {
  const found = await org.getResources({ oauth });
  assert.strictEqual(found.sobjects, '/services/data/v60.0/sobjects');
});

scenario('lists the objects', async () => {
  const { sobjects } = await org.getSObjects({ oauth });
  assert.ok(sobjects.some((each) => each.name === 'Project__c' && each.custom));
});

scenario('reads the basics of an object', async () => {
  assert.strictEqual((await org.getMetadata({ type: 'Account', oauth })).objectDescribe.keyPrefix, '001');
});

scenario('describes an object under its name in small letters', async () => {
  const found = await org.getDescribe({ type: 'account', oauth });
  assert.strictEqual(found.fields.find((each) => each.name === 'Ext__c').externalId, true);
});

scenario('reads the limits', async () => {
  assert.strictEqual((await org.getLimits({ oauth })).DailyApiRequests.Max, 100000);
});

scenario('inserts under names in small letters', async () => {
  const sobject = await created('Account', { Name: 'Spitfire', Ext__c: 'nf-insert', AnnualRevenue: 12 });
  const found = await held('Account', 'nf-insert');
  assert.deepStrictEqual([found.Id, found.Name, found.AnnualRevenue], [sobject.getId(), 'Spitfire', 12]);
});

scenario('updates what has changed', async () => {
  const sobject = await created('Account', { Name: 'Before', Ext__c: 'nf-update', Phone: '1' });
  sobject.set('Name', 'After');
  await org.update({ sobject, oauth });
  const found = await held('Account', 'nf-update');
  assert.deepStrictEqual([found.Name, found.Phone], ['After', '1']);
});

scenario('null clears a field', async () => {
  const sobject = await created('Account', { Name: 'A', Ext__c: 'nf-null', Phone: '1' });
  sobject.set('Phone', null);
  await org.update({ sobject, oauth });
  assert.strictEqual((await held('Account', 'nf-null')).Phone, null);
});

scenario('upserts by external id, new and known', async () => {
  for (const name of ['New', 'Known']) {
    const sobject = record('Account', { Name: name });
    sobject.setExternalId('Ext__c', 'nf-upsert');
    const found = await org.upsert({ sobject, oauth });
    if (name === 'New') assert.strictEqual(found.success, true);
  }
  assert.strictEqual((await held('Account', 'nf-upsert')).Name, 'Known');
});

scenario('updates by external id', async () => {
  await created('Account', { Name: 'A', Ext__c: 'nf-update-key' });
  const sobject = record('Account', { Phone: '7' });
  sobject.setExternalId('Ext__c', 'nf-update-key');
  await org.update({ sobject, oauth });
  assert.strictEqual((await held('Account', 'nf-update-key')).Phone, '7');
});

scenario('deletes by id', async () => {
  const sobject = await created('Account', { Name: 'A', Ext__c: 'nf-delete' });
  await org.delete({ sobject, oauth });
  assert.strictEqual(await held('Account', 'nf-delete'), undefined);
});

scenario('deletes by external id', async () => {
  await insert('Account', [{ Name: 'A', Ext__c: 'nf-delete-key' }]);
  const sobject = record('Account');
  sobject.setExternalId('Ext__c', 'nf-delete-key');
  await org.delete({ sobject, oauth });
  assert.strictEqual(await held('Account', 'nf-delete-key'), undefined);
});

scenario('reads a record with some fields', async () => {
  const [id] = await insert('Account', [{ Name: 'A', Ext__c: 'nf-read', Phone: '5' }]);
  const found = await org.getRecord({ type: 'account', id, fields: ['Name', 'Phone'], oauth });
  assert.deepStrictEqual([found.get('name'), found.get('phone'), found.get('ext__c')], ['A', '5', undefined]);
});

scenario('reads a record by external id', async () => {
  const [id] = await insert('Account', [{ Name: 'A', Ext__c: 'nf-read-key' }]);
  const found = await org.getRecord({ type: 'Account', externalIdField: 'Ext__c', externalId: 'nf-read-key', oauth });
  assert.strictEqual(found.getId(), id);
});

scenario('asks for what a query finds and changes it', async () => {
  await insert('Account', [{ Name: 'Found', Ext__c: 'nf-query' }]);
  const { records: found } = await org.query({ query: "SELECT Id, Name FROM Account WHERE Ext__c = 'nf-query'", oauth });
  found[0].set('Name', 'Changed');
  await org.update({ sobject: found[0], oauth });
  assert.strictEqual((await held('Account', 'nf-query')).Name, 'Changed');
});

scenario('follows the pages of a query', async () => {
  const rows = Array.from({ length: 2100 }, (_, number) => ({ LastName: `N${number}`, Department: 'nf' }));
  await insert('Contact', rows);
  const query = "SELECT LastName FROM Contact WHERE Department = 'nf'";
  const [page, all] = [await org.query({ query, oauth }), await org.query({ query, fetchAll: true, oauth })];
  assert.deepStrictEqual([page.records.length, page.done, all.records.length], [2000, false, 2100]);
});

scenario('takes the next page by its address', async () => {
  const page = await org.query({ query: "SELECT LastName FROM Contact WHERE Department = 'nf'", raw: true, oauth });
  const next = await org.getUrl({ url: page.nextRecordsUrl, oauth });
  assert.deepStrictEqual([next.records.length, next.done], [100, true]);
});

scenario('queryAll finds the deleted', async () => {
  const sobject = await created('Account', { Name: 'Gone', Ext__c: 'nf-gone' });
  await org.delete({ sobject, oauth });
  const query = `SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'`;
  const [live, all] = [await org.query({ query, oauth }), await org.queryAll({ query, oauth })];
  assert.deepStrictEqual([live.totalSize, all.records[0].get('IsDeleted')], [0, true]);
});

scenario('reads parents and children', async () => {
  const account = await created('Account', { Name: 'Parent', Ext__c: 'nf-parent' });
  await created('Contact', { LastName: 'Child', AccountId: account.getId() });
  const family = "SELECT Name, (SELECT LastName, Account.Name FROM Contacts) FROM Account WHERE Ext__c = 'nf-parent'";
  const { records: found } = await org.query({ query: family, oauth });
  const child = found[0].get('contacts').records[0];
  assert.deepStrictEqual([child.LastName, child.Account.Name], ['Child', 'Parent']);
});

scenario('a missing field is told with its code', async () => {
  const error = await refusal(created('Contact', { FirstName: 'A' }));
  assert.deepStrictEqual([error.errorCode, error.statusCode], ['REQUIRED_FIELD_MISSING', 400]);
  assert.deepStrictEqual(error.body[0].fields, ['LastName']);
});

scenario('an unknown field is told with its code', async () => {
  assert.strictEqual((await refusal(created('Account', { Name: 'A', Nope__c: 1 }))).errorCode, 'INVALID_FIELD');
});

scenario('a malformed query is told with its code', async () => {
  assert.strictEqual((await refusal(org.query({ query: 'SELECT FROM', oauth }))).errorCode, 'MALFORMED_QUERY');
});

scenario('a missing record is told with its code', async () => {
  const error = await refusal(org.getRecord({ type: 'account', id: '001000000000009AAA', oauth }));
  assert.deepStrictEqual([error.errorCode, error.statusCode], ['NOT_FOUND', 404]);
});

scenario('a key twice is told as a duplicate', async () => {
  await insert('Account', [{ Name: 'A', Ext__c: 'nf-twice' }]);
  const error = await refusal(created('Account', { Name: 'B', Ext__c: 'nf-twice' }));
  assert.strictEqual(error.errorCode, 'DUPLICATE_VALUE');
});

scenario('inserts an attachment with its body', async () => {
  const [parent] = await insert('Account', [{ Name: 'A' }]);
  const attachment = { fileName: 'a.txt', body: 'hello' };
  const sobject = await created('Attachment', { Name: 'a.txt', ParentId: parent, attachment });
  const found = (await records('Attachment')).find((each) => each.Id === sobject.getId());
  assert.deepStrictEqual([Buffer.from(found.Body, 'base64').toString(), found.BodyLength], ['hello', 5]);
});

scenario('inserts a version of a file', async () => {
  const attachment = { fileName: 'b.txt', body: 'file' };
  const sobject = await created('ContentVersion', { Title: 'nf', PathOnClient: 'b.txt', attachment });
  const found = (await records('ContentVersion')).find((each) => each.Id === sobject.getId());
  assert.strictEqual(Buffer.from(found.VersionData, 'base64').toString(), 'file');
});

scenario('downloads the body of an attachment', async () => {
  const [parent] = await insert('Account', [{ Name: 'A' }]);
  const Body = Buffer.from('out').toString('base64');
  const [id] = await insert('Attachment', [{ Name: 'a', ParentId: parent, Body }]);
  const found = await org.getBody({ type: 'Attachment', id, oauth });
  assert.strictEqual(found.toString(), 'out');
});

scenario('posts a composite request by its address', async () => {
  const body = {
    compositeRequest: [
      { method: 'POST', url: '/services/data/v60.0/sobjects/Account', referenceId: 'a', body: { Name: 'A', Ext__c: 'nf-c' } },
      { method: 'POST', url: '/services/data/v60.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'B', AccountId: '@{a.id}' } },
    ],
  };
  const found = await org.postUrl({ url: '/services/data/v60.0/composite', body, oauth });
  assert.deepStrictEqual(found.compositeResponse.map((each) => each.httpStatusCode), [201, 201]);
});

scenario('answers are read compressed', async () => {
  const zipped = await connect({ gzip: true });
  assert.ok((await zipped.getDescribe({ type: 'Account', oauth })).fields.length > 20);
});

scenario('an expired session is told with its code', async () => {
  await expireSessions();
  const error = await refusal(org.getLimits({ oauth }));
  assert.deepStrictEqual([error.errorCode, error.statusCode], ['INVALID_SESSION_ID', 401]);
});

scenario('an expired session is renewed by itself', async () => {
  const renewing = await connect({ autoRefresh: true, mode: 'single', ...user() });
  await renewing.authenticate();
  await expireSessions();
  assert.ok((await renewing.getLimits()).DailyApiRequests.Max > 0);
});

scenario('searches by SOSL', async () => {
  oauth = await org.authenticate(user());
  await insert('Account', [{ Name: 'Sought' }]);
  assert.ok(await org.search({ search: 'FIND {Sought} IN ALL FIELDS RETURNING Account(Id)', oauth }));
});

scenario('calls Apex REST', async () => {
  await org.apexRest({ uri: 'mine', method: 'GET', oauth });
});

scenario('reads whether a password has expired', async () => {
  assert.strictEqual((await org.getPasswordStatus({ id: login.user_id, oauth })).isExpired, false);
});

scenario('reads the versions of the API', async () => {
  assert.ok((await org.getVersions()).length > 10);
});

scenario('revokes a token', async () => {
  await org.revokeToken({ token: oauth.access_token });
});

main();

// jsforce: every scenario is what one of its users does.
const assert = require('node:assert');
const jsforce = require('@jsforce/jsforce-node');
const { credentials, expireSessions, held, insert, main, records, refusal, scenario, url } = require('./harness');

const version = '60.0';
const waiting = { pollInterval: 20, pollTimeout: 60000 };
let login;
let org;

async function connect() {
  const { access_token: accessToken } = await credentials();
  org = new jsforce.Connection({ instanceUrl: url, accessToken, version });
}

const keyed = (key, more = {}) => ({ Name: key, Ext__c: key, ...more });

scenario('logs in by SOAP', async () => {
  login = await credentials();
  org = new jsforce.Connection({ loginUrl: url, version });
  const user = await org.login(login.username, login.password + login.token);
  assert.strictEqual(user.organizationId, login.org_id);
});

scenario('a wrong password is told with its code', async () => {
  const error = await refusal(new jsforce.Connection({ loginUrl: url, version }).login(login.username, 'wrong'));
  assert.match(error.message, /^INVALID_LOGIN/);
});

scenario('logs in by OAuth with a password', async () => {
  const oauth2 = { loginUrl: url, clientId: login.consumer_key, clientSecret: login.consumer_secret };
  const other = new jsforce.Connection({ oauth2, version });
  await other.login(login.username, login.password + login.token);
  assert.strictEqual((await other.identity()).username, login.username);
});

scenario('logs in by client credentials', async () => {
  const oauth2 = { loginUrl: url, clientId: login.consumer_key, clientSecret: login.consumer_secret };
  const other = new jsforce.Connection({ instanceUrl: url, oauth2, version });
  await other.authorize({ grant_type: 'client_credentials' });
  assert.ok((await other.limits()).DailyApiRequests.Max > 0);
});

scenario('an expired session is renewed by the refresh token', async () => {
  const redirectUri = 'http://localhost:1717/OauthRedirect';
  const oauth2 = new jsforce.OAuth2({
    loginUrl: url,
    clientId: login.consumer_key,
    clientSecret: login.consumer_secret,
    redirectUri,
  });
  const sent = await fetch(oauth2.getAuthorizationUrl({}), { redirect: 'manual' });
  const other = new jsforce.Connection({ oauth2, version });
  await other.authorize(new URL(sent.headers.get('location')).searchParams.get('code'));
  await expireSessions();
  assert.strictEqual((await other.identity()).username, login.username);
});

scenario('an expired session without a refresh token is told with its code', async () => {
  await connect();
  await expireSessions();
  assert.strictEqual((await refusal(org.query('SELECT Id FROM Account'))).errorCode, 'INVALID_SESSION_ID');
  await connect();
});

scenario('logs out', async () => {
  const { access_token: accessToken } = await credentials();
  const other = new jsforce.Connection({ loginUrl: url, instanceUrl: url, accessToken, version });
  await other.logout();
  const again = new jsforce.Connection({ instanceUrl: url, accessToken, version });
  assert.strictEqual((await refusal(again.limits())).errorCode, 'INVALID_SESSION_ID');
});

scenario('describes the org', async () => {
  const { sobjects } = await org.describeGlobal();
  assert.ok(sobjects.find((each) => each.name === 'Account').keyPrefix === '001');
});

scenario('describes an object from its cache', async () => {
  const [first, second] = [await org.sobject('Account').describe$(), await org.sobject('Account').describe$()];
  assert.strictEqual(first.fields.length, second.fields.length);
});

scenario('reads limits and usage', async () => {
  await org.limits();
  assert.strictEqual(org.limitInfo.apiUsage.limit, 100000);
});

scenario('creates one and reads it', async () => {
  const { id } = await org.sobject('Account').create(keyed('js-one'));
  assert.strictEqual((await org.sobject('Account').retrieve(id)).Ext__c, 'js-one');
});

scenario('reads several at once', async () => {
  const ids = await insert('Account', [{ Name: 'A' }, { Name: 'B' }]);
  assert.deepStrictEqual((await org.sobject('Account').retrieve(ids)).map((each) => each.Name), ['A', 'B']);
});

scenario('creates several with a refusal', async () => {
  const found = await org.sobject('Account').create([keyed('js-several'), { Phone: '1' }]);
  assert.deepStrictEqual(found.map((each) => each.success), [true, false]);
  assert.strictEqual(found[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
});

scenario('all or none', async () => {
  const found = await org.sobject('Account').create([keyed('js-none'), { Phone: '1' }], { allOrNone: true });
  assert.deepStrictEqual(found.map((each) => each.success), [false, false]);
  assert.strictEqual(await held('Account', 'js-none'), undefined);
});

scenario('more than 200 are cut into calls', async () => {
  const rows = Array.from({ length: 450 }, (_, number) => keyed(`js-many-${number}`));
  const found = await org.sobject('Account').create(rows, { allowRecursive: true });
  assert.strictEqual(found.filter((each) => each.success).length, 450);
});

scenario('updates one and several', async () => {
  const [one, two] = await insert('Account', [keyed('js-up-1'), keyed('js-up-2')]);
  await org.sobject('Account').update({ Id: one, Phone: '1' });
  await org.sobject('Account').update([{ Id: one, Phone: '2' }, { Id: two, Phone: null, Site: 'S' }]);
  assert.strictEqual((await held('Account', 'js-up-1')).Phone, '2');
  assert.strictEqual((await held('Account', 'js-up-2')).Site, 'S');
});

scenario('upserts one by external id, new and known', async () => {
  const first = await org.sobject('Account').upsert(keyed('js-upsert'), 'Ext__c');
  const second = await org.sobject('Account').upsert(keyed('js-upsert', { Name: 'B' }), 'Ext__c');
  assert.deepStrictEqual([first.created, second.created, second.id], [true, false, first.id]);
});

scenario('upserts several by external id', async () => {
  await insert('Account', [keyed('js-known')]);
  const found = await org.sobject('Account').upsert([keyed('js-known', { Phone: '1' }), keyed('js-new')], 'Ext__c');
  assert.deepStrictEqual(found.map((each) => each.created), [false, true]);
});

scenario('a parent is found by its external id', async () => {
  const [parent] = await insert('Account', [keyed('js-parent')]);
  const { id } = await org.sobject('Contact').create({ LastName: 'A', Account: { Ext__c: 'js-parent' } });
  assert.strictEqual((await org.sobject('Contact').retrieve(id)).AccountId, parent);
});

scenario('deletes one and several', async () => {
  const ids = await insert('Account', [{ Name: 'A' }, { Name: 'B' }, { Name: 'C' }]);
  await org.sobject('Account').destroy(ids[0]);
  assert.deepStrictEqual((await org.sobject('Account').destroy(ids.slice(1))).map((each) => each.success), [true, true]);
  assert.ok((await records('Account')).every((each) => !ids.includes(each.Id)));
});

scenario('finds by conditions as an object', async () => {
  await insert('Account', [keyed('js-find-1', { AnnualRevenue: 5 }), keyed('js-find-2', { AnnualRevenue: 9 })]);
  const found = await org
    .sobject('Account')
    .find({ Ext__c: { $like: 'js-find-%' }, AnnualRevenue: { $gt: 6 } }, ['Name'])
    .sort({ Name: -1 })
    .limit(5);
  assert.deepStrictEqual(found.map((each) => each.Name), ['js-find-2']);
});

scenario('finds children along with their parent', async () => {
  const [parent] = await insert('Account', [keyed('js-include')]);
  await insert('Contact', [{ LastName: 'Child', AccountId: parent }]);
  const query = org.sobject('Account').find({ Ext__c: 'js-include' }, 'Id, Name');
  const [found] = await query.include('Contacts', null, 'LastName').end();
  assert.strictEqual(found.Contacts.records[0].LastName, 'Child');
});

scenario('counts', async () => {
  await insert('Case', [{ Subject: 'A' }, { Subject: 'B' }]);
  assert.strictEqual(await org.sobject('Case').count(), 2);
});

scenario('finds by a date', async () => {
  await insert('Contact', [{ LastName: 'js-date', Birthdate: '1990-05-06' }]);
  const since = jsforce.SfDate.toDateLiteral(new Date('1990-01-01T00:00:00Z'));
  assert.strictEqual(await org.sobject('Contact').count({ LastName: 'js-date', Birthdate: { $gte: since } }), 1);
});

scenario('changes all that a query finds', async () => {
  await insert('Account', [keyed('js-mass-1'), keyed('js-mass-2')]);
  await org.sobject('Account').find({ Ext__c: { $like: 'js-mass-%' } }).update({ Phone: '7' });
  assert.strictEqual((await held('Account', 'js-mass-2')).Phone, '7');
});

scenario('deletes all that a query finds', async () => {
  await insert('Account', [keyed('js-wipe-1'), keyed('js-wipe-2')]);
  await org.sobject('Account').find({ Ext__c: { $like: 'js-wipe-%' } }).destroy();
  assert.strictEqual(await held('Account', 'js-wipe-1'), undefined);
});

scenario('follows the pages of a query', async () => {
  await insert('Campaign', Array.from({ length: 4100 }, (_, number) => ({ Name: `C${number}` })));
  const found = await org.query('SELECT Name FROM Campaign', { autoFetch: true, maxFetch: 10000 });
  assert.strictEqual(new Set(found.records.map((each) => each.Name)).size, 4100);
});

scenario('takes the next page by hand', async () => {
  const page = await org.query('SELECT Name FROM Campaign');
  const next = await org.queryMore(page.nextRecordsUrl);
  assert.deepStrictEqual([page.done, page.records.length, next.records.length], [false, 2000, 2000]);
});

scenario('finds the deleted', async () => {
  const { id } = await org.sobject('Account').create({ Name: 'js-bin' });
  await org.sobject('Account').destroy(id);
  const found = await org.query("SELECT IsDeleted FROM Account WHERE Name = 'js-bin'", { scanAll: true });
  assert.strictEqual(found.records[0].IsDeleted, true);
});

scenario('explains a refusal with code, fields and status', async () => {
  const error = await refusal(org.sobject('Contact').create({ FirstName: 'A' }));
  assert.deepStrictEqual([error.errorCode, error.data.fields], ['REQUIRED_FIELD_MISSING', ['LastName']]);
});

scenario('a missing record is told with its code', async () => {
  assert.strictEqual((await refusal(org.sobject('Account').retrieve('001000000000009AAA'))).errorCode, 'NOT_FOUND');
});

scenario('a malformed query is told with its code', async () => {
  assert.strictEqual((await refusal(org.query('SELECT FROM'))).errorCode, 'MALFORMED_QUERY');
});

scenario('lists what was changed and deleted', async () => {
  const { id } = await org.sobject('Lead').create({ LastName: 'A', Company: 'B' });
  await org.sobject('Lead').destroy(id);
  const [start, end] = [new Date(Date.now() - 86400000), new Date(Date.now() + 3600000)];
  assert.ok((await org.sobject('Lead').deleted(start, end)).deletedRecords.some((each) => each.id === id));
});

scenario('lists what was looked at last', async () => {
  assert.deepStrictEqual(await org.recent(), []);
});

scenario('reads the blob of a file', async () => {
  const VersionData = Buffer.from('hello').toString('base64');
  const { id } = await org.sobject('ContentVersion').create({ Title: 'a', PathOnClient: 'a.txt', VersionData });
  const chunks = [];
  for await (const chunk of await org.sobject('ContentVersion').record(id).blob('VersionData')) chunks.push(chunk);
  assert.strictEqual(Buffer.concat(chunks).toString(), 'hello');
});

scenario('sends composite calls as plain requests', async () => {
  const base = `/services/data/v${version}/sobjects`;
  const compositeRequest = [
    { method: 'POST', url: `${base}/Account`, referenceId: 'a', body: keyed('js-composite') },
    { method: 'POST', url: `${base}/Contact`, referenceId: 'c', body: { LastName: 'A', AccountId: '@{a.id}' } },
  ];
  const found = await org.requestPost('/composite', { allOrNone: true, compositeRequest });
  assert.deepStrictEqual(found.compositeResponse.map((each) => each.httpStatusCode), [201, 201]);
});

scenario('bulk 2 loads and tells refused rows', async () => {
  const input = [keyed('js-bulk-1'), { Ext__c: 'js-bulk-2', Name: null }];
  const found = await org.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input, ...waiting });
  assert.deepStrictEqual([found.successfulResults.length, found.failedResults.length], [1, 1]);
  assert.match(found.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:/);
});

scenario('bulk 2 loads step by step from CSV', async () => {
  const job = org.bulk2.createJob({ object: 'Account', operation: 'upsert', externalIdFieldName: 'Ext__c' });
  await job.open();
  await job.uploadData('Ext__c,Name\njs-csv,A\n');
  await job.close();
  await job.poll(20, 60000);
  assert.strictEqual((await job.check()).numberRecordsProcessed, 1);
  assert.strictEqual((await held('Account', 'js-csv')).Name, 'A');
});

scenario('bulk 2 aborts and deletes a job', async () => {
  const job = org.bulk2.createJob({ object: 'Account', operation: 'insert' });
  await job.open();
  await job.abort();
  assert.strictEqual((await job.check()).state, 'Aborted');
  await job.delete();
});

scenario('bulk 2 deletes', async () => {
  const ids = await insert('Account', [{ Name: 'A' }, { Name: 'B' }]);
  const input = ids.map((Id) => ({ Id }));
  await org.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'delete', input, ...waiting });
  assert.ok((await records('Account')).every((each) => !ids.includes(each.Id)));
});

scenario('bulk 2 queries', async () => {
  const found = await (await org.bulk2.query('SELECT Name FROM Campaign', waiting)).toArray();
  assert.strictEqual(found.length, 4100);
});

scenario('bulk 1 loads', async () => {
  await org.bulk.load('Account', 'insert', [{ Name: 'A' }]);
});

scenario('searches by SOSL', async () => {
  await org.search('FIND {A} IN ALL FIELDS RETURNING Account(Id)');
});

scenario('calls Apex REST', async () => {
  await org.apex.get('/mine/');
});

scenario('lists metadata', async () => {
  await org.metadata.list([{ type: 'CustomObject' }]);
});

scenario('asks the tooling API for an object', async () => {
  await org.tooling.sobject('ApexClass').find({});
});

scenario('describes layouts', async () => {
  await org.sobject('Account').layouts();
});

scenario('reads by SOAP', async () => {
  await org.soap.getServerTimestamp();
});

main();

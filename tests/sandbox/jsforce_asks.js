// What a jsforce user asks of an org and takes from it, against the sandbox; prints what came back as one JSON object.
const jsforce = require('@jsforce/jsforce-node');

async function main() {
  const { url, clientId, clientSecret, day } = JSON.parse(process.argv[2]);
  const redirectUri = 'http://localhost:1717/OauthRedirect';
  const oauth2 = new jsforce.OAuth2({ loginUrl: url, clientId, clientSecret, redirectUri });
  const sent = await fetch(oauth2.getAuthorizationUrl({ state: 'x' }), { redirect: 'manual' });
  const org = new jsforce.Connection({ oauth2, version: '60.0' });
  await org.authorize(new URL(sent.headers.get('location')).searchParams.get('code'));
  const story = { resources: Object.keys(await org.request('/')).length, user: (await org.identity()).username };
  const account = await org.sobject('Account').create({ Name: 'Acme', AnnualRevenue: 10, Ext__c: 'a' });
  await org.sobject('Contact').create([{ LastName: 'A', AccountId: account.id }, { LastName: 'B', AccountId: account.id }]);
  const VersionData = Buffer.from('hello').toString('base64');
  const file = await org.sobject('ContentVersion').create({ PathOnClient: 'a.txt', VersionData });
  story.file = (await org.sobject('ContentVersion').retrieve(file.id)).ContentDocumentId.slice(0, 3);
  const blob = await org.sobject('ContentVersion').record(file.id).blob('VersionData');
  const chunks = [];
  for await (const chunk of blob) chunks.push(chunk);
  story.blob = Buffer.concat(chunks).toString();
  const family = await org.query('SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account');
  story.children = family.records[0].Contacts.records.map((each) => each.LastName);
  story.groups = (await org.query('SELECT Name, SUM(AnnualRevenue) total FROM Account GROUP BY Name')).records[0].total;
  story.joined = (await org.query("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)")).totalSize;
  story.rows = await (await org.bulk2.query('SELECT LastName FROM Contact ORDER BY LastName', { pollInterval: 50 })).toArray();
  await org.sobject('Contact').destroy((await org.sobject('Contact').findOne({ LastName: 'A' })).Id);
  const [start, end] = [new Date(`${day}T00:00:00Z`), new Date(Date.now() + 86400000)];
  story.deleted = (await org.sobject('Contact').deleted(start, end)).deletedRecords.length;
  story.updated = (await org.sobject('Contact').updated(start, end)).ids.length;
  const { accessToken } = org;
  await org.oauth2.revokeToken(accessToken);
  story.revoked = await new jsforce.Connection({ instanceUrl: url, accessToken }).limits().catch((error) => error.errorCode);
  console.log(JSON.stringify(story));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

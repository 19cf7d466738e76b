// What a jsforce user does, against the sandbox; prints what came back as one JSON object.
const jsforce = require('@jsforce/jsforce-node');

async function main() {
  const { url, username, password } = JSON.parse(process.argv[2]);
  const org = new jsforce.Connection({ loginUrl: url, version: '60.0' });
  const story = {};
  story.user = await org.login(username, password);
  story.objects = (await org.describeGlobal()).sobjects.length;
  story.fields = (await org.sobject('Account').describe()).fields.map((each) => each.name);
  const records = Array.from({ length: 450 }, (_, number) => ({ Ext__c: `k${number}`, Name: `N${number}` }));
  const upserted = await org.sobject('Account').upsert(records, 'Ext__c', { allOrNone: false, allowRecursive: true });
  story.upserted = upserted.filter((each) => each.success).length;
  story.one = await org.sobject('Account').upsert({ Ext__c: 'k0', Name: 'Changed' }, 'Ext__c');
  story.refused = await org.sobject('Contact').create([{ LastName: 'C' }, { FirstName: 'D' }]);
  story.total = (await org.query("SELECT Id, Name FROM Account WHERE Ext__c IN ('k0', 'k1')")).records.map((each) => each.Name);
  story.all = (await org.query('SELECT Id FROM Account', { autoFetch: true, maxFetch: 10000 })).totalSize;
  story.bulk = await org.bulk2.loadAndWaitForResults({
    object: 'Account',
    operation: 'upsert',
    externalIdFieldName: 'Ext__c',
    input: [{ Ext__c: 'k1', Name: 'Loaded', Phone: null }, { Ext__c: 'b1', Name: 'New' }, { Ext__c: 'b2', Name: null }],
    pollInterval: 50,
    pollTimeout: 20000,
  });
  story.limits = (await org.limits()).DailyApiRequests.Max;
  story.identity = (await org.identity()).username;
  await org.logout();
  console.log(JSON.stringify(story));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

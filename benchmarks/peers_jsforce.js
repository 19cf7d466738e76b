// Upserts accounts through jsforce's collections call and prints the seconds that it took.
const { Connection } = require('@jsforce/jsforce-node');

const [instanceUrl, accessToken, count, prefix] = process.argv.slice(2);

async function main() {
  const connection = new Connection({ instanceUrl, accessToken, version: '60.0' });
  const records = Array.from({ length: Number(count) }, (_, n) => ({
    Ext__c: `${prefix}${n}`,
    Name: `Account ${n}`,
    Phone: `+41 ${n}`,
    AnnualRevenue: n,
    Description: 'x',
  }));
  const started = process.hrtime.bigint();
  const results = await connection.sobject('Account').upsert(records, 'Ext__c', { allowRecursive: true });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const failed = results.filter((result) => !result.success).length;
  console.log(JSON.stringify({ seconds, failed }));
}

main();

// Upserts accounts through jsforce and prints the seconds that it took: by its collections call as it is, by so many of
// them at a time, or by Bulk API 2.0.
const { Connection } = require('@jsforce/jsforce-node');

const [instanceUrl, accessToken, count, prefix, way] = process.argv.slice(2);
const RECORDS_OF_A_CALL = 200;

async function sideBySide(account, records, atOnce) {
  const results = [];
  let start = 0;
  async function next() {
    while (start < records.length) {
      const part = records.slice(start, start + RECORDS_OF_A_CALL);
      start += RECORDS_OF_A_CALL;
      results.push(...(await account.upsert(part, 'Ext__c')));
    }
  }
  await Promise.all(Array.from({ length: atOnce }, next));
  return results.filter((result) => !result.success).length;
}

async function main() {
  const connection = new Connection({ instanceUrl, accessToken, version: '60.0' });
  const account = connection.sobject('Account');
  const records = Array.from({ length: Number(count) }, (_, n) => ({
    Ext__c: `${prefix}${n}`,
    Name: `Account ${n}`,
    Phone: `+41 ${n}`,
    AnnualRevenue: n,
    Description: 'x',
  }));
  const started = process.hrtime.bigint();
  let failed;
  if (way === 'bulk2') {
    const job = { object: 'Account', operation: 'upsert', externalIdFieldName: 'Ext__c', input: records };
    const found = await connection.bulk2.loadAndWaitForResults({ ...job, pollInterval: 1000, pollTimeout: 900000 });
    failed = found.failedResults.length + found.unprocessedRecords.length;
  } else if (way === 'as it is') {
    const results = await account.upsert(records, 'Ext__c', { allowRecursive: true });
    failed = results.filter((result) => !result.success).length;
  } else {
    failed = await sideBySide(account, records, Number(way));
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, failed }));
}

main();

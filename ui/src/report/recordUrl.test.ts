import { expect, test } from 'vitest';
import { isIdKey, recordUrl } from './recordUrl';

const INSTANCE = 'https://acme.my.salesforce.com';

test('an Id of 15 or 18 characters is behind the address of the org', () => {
  expect(recordUrl(INSTANCE, '001gL000002rbzaQAA')).toBe(`${INSTANCE}/001gL000002rbzaQAA`);
  expect(recordUrl(INSTANCE, '001gL000002rbza')).toBe(`${INSTANCE}/001gL000002rbza`);
});

test.each([
  ['invalidId', INSTANCE],
  ['../../secur/logout', INSTANCE],
  [15, INSTANCE],
  ['001gL000002rbzaQAA', undefined],
  // A report of somebody else's block is not to be trusted with a program.
  ['001gL000002rbzaQAA', 'javascript:alert(1)//'],
])('%s at %s is no link', (id, instance) => {
  expect(recordUrl(instance, id)).toBeNull();
});

test('an item may spell the key of its Id in any case', () => {
  expect(['Id', 'id', 'ID', 'AccountId'].map(isIdKey)).toEqual([true, true, true, false]);
});

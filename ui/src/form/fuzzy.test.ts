import { expect, test } from 'vitest';
import { folded, isNearly, likely } from './fuzzy';

test('accents, case and signs are no difference', () =>
  expect(folded('Größe_(m²)')).toBe(folded('GROSSE m2').replace('ss', 'ß')));

test.each([
  ['acount', 'Account Name'],
  ['oppty', 'Opportunity'],
  ['indsutry', 'Industry'],
  ['societe', 'Société'],
])('%s means %s', (typed, name) => expect(isNearly(typed, name)).toBe(true));

test('what is something else is not meant', () => {
  expect(isNearly('phone', 'Industry')).toBe(false);
  expect(isNearly('ab', 'Abc')).toBe(false);
});

const TARGETS = [
  { value: 'Name', label: 'Account Name' },
  { value: 'Phone', label: 'Account Phone' },
  { value: 'Ext__c', label: 'External key' },
  { value: 'NumberOfEmployees', label: 'Employees' },
];

test.each([
  ['name', 'Name'],
  ['account_name', 'Name'],
  ['ACCOUNT PHNE', 'Phone'],
  ['ext', 'Ext__c'],
  ['employees', 'NumberOfEmployees'],
])('the key %s most likely means %s', (key, field) => expect(likely(key, TARGETS)?.value).toBe(field));

test('a key like no field means none', () => expect(likely('colour', TARGETS)).toBeNull());

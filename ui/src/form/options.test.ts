import { describe, expect, test } from 'vitest';
import { matching, rowsOf, type Option } from './options';

const option = (value: string, label = value, group = ''): Option => ({ value, label, hint: '', group });
const FIELDS = [
  option('Name', 'Account Name'),
  option('Ext__c', 'External key'),
  option('NameLocal', 'Local name'),
  option('Id', 'Account ID'),
];

describe('searching', () => {
  test('looks at labels and API names', () =>
    expect(matching(FIELDS, 'ext__').map((one) => one.value)).toEqual(['Ext__c']));
  test('puts what is meant exactly before what begins so, and that before what holds it', () =>
    expect(matching(FIELDS, 'name').map((one) => one.value)).toEqual(['Name', 'NameLocal']));
  test('wants every word', () => expect(matching(FIELDS, 'account name').map((one) => one.value)).toEqual(['Name']));
  test('for nothing keeps the order', () => expect(matching(FIELDS, ' ')).toEqual(FIELDS));
});

describe('the lines of a menu', () => {
  const grouped = [option('a', 'A', 'First'), option('b', 'B', 'First'), option('c', 'C', 'Second')];
  test('have a heading for each group', () =>
    expect(rowsOf(grouped, '', false).map((row) => (row.kind === 'group' ? row.label : row.option.value))).toEqual([
      'First',
      'a',
      'b',
      'Second',
      'c',
    ]));
  test('have none while one searches', () =>
    expect(rowsOf(grouped, 'a', false).map((row) => row.kind)).toEqual(['option']));
  test('offer a new value where it may be made', () =>
    expect(rowsOf(grouped, 'new', true).at(-1)).toMatchObject({ kind: 'create', option: { value: 'new' } }));
  test('do not offer what is there', () =>
    expect(rowsOf(grouped, 'A', true).map((row) => row.kind)).toEqual(['option']));
});

test('1,500 options are searched in a few milliseconds', () => {
  const many = Array.from({ length: 1500 }, (_, at) => option(`Thing${at}__c`, `Thing ${at}`));
  expect(matching(many, 'thing 777').map((one) => one.value)).toEqual(['Thing777__c']);
});

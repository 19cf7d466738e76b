import { describe, expect, test } from 'vitest';
import configSchema from '../../../schemas/config.schema.json';
import configUi from '../../../schemas/config.ui.json';
import type { JsonSchema, UiSchema } from '../api/types';
import {
  defaultWidget,
  dependents,
  fieldsOf,
  isVisible,
  sectionsOf,
  unfit,
  valueOf,
  withValue,
  type Field,
} from './schema';

const SCHEMA = configSchema as unknown as JsonSchema;
const UI = configUi as unknown as UiSchema;
const FIELDS = fieldsOf(SCHEMA, UI);
const field = (name: string) => FIELDS.find((one) => one.name === name) as Field;

test('fields come in the order of the UI schema, the rest behind them', () => {
  const schema: JsonSchema = { properties: { a: {}, b: {}, c: {} } };
  expect(fieldsOf(schema, { 'ui:order': ['c', 'gone', 'a'] }).map((one) => one.name)).toEqual(['c', 'a', 'b']);
});

test("the block's own form has every widget that it names", () => {
  const known = ['select', 'multiSelect', 'checkbox', 'number', 'text', 'group', 'code', 'json', 'mapping'];
  const all = [...FIELDS, ...fieldsOf(field('advanced').schema, field('advanced').ui)];
  expect(all.filter((one) => !known.includes(one.widget))).toEqual([]);
});

test('a field without section stands at the end', () => {
  const sections = sectionsOf(FIELDS, [{ title: 'One', properties: ['object'] }]);
  expect(sections[0]?.fields.map((one) => one.name)).toEqual(['object']);
  expect(sections[1]?.fields).toHaveLength(FIELDS.length - 1);
});

test('a field shows while what it hangs on is on', () => {
  expect(isVisible(field('invalidToSecondEdge'), { validate: true })).toBe(true);
  expect(isVisible(field('invalidToSecondEdge'), {})).toBe(false);
});

test('a field that hangs on several values shows for each of them', () => {
  const schema: JsonSchema = { properties: { operation: {}, key: {} } };
  const [key] = fieldsOf(schema, { key: { 'ui:options': { visibleWhen: { operation: ['upsert', 'delete'] } } } }).slice(
    1,
  );
  const shownFor = ['read', 'upsert', 'delete'].filter((operation) => isVisible(key as Field, { operation }));
  expect(shownFor).toEqual(['upsert', 'delete']);
});

test('what depends on the connection depends on it through the object, too', () => {
  expect(dependents(FIELDS, 'connection').map((one) => one.name)).toEqual(['object', 'matchKey', 'properties']);
  expect(dependents(FIELDS, 'object').map((one) => one.name)).toEqual(['matchKey', 'properties']);
});

describe('a value', () => {
  test('that is not set is its default', () => expect(valueOf(field('upsert'), {})).toBe(true));
  test('that is emptied leaves the config', () => {
    expect(withValue({ object: 'Account', properties: ['Name'] }, field('properties'), [])).toEqual({
      object: 'Account',
    });
    expect(withValue({ errorNamespace: 'x' }, field('errorNamespace'), '')).toEqual({});
  });
  test('that is false stays', () => expect(withValue({}, field('upsert'), false)).toEqual({ upsert: false }));
  test('fits whatever its case, as in Salesforce', () =>
    expect(unfit(['name', 'Gone'], [{ value: 'Name' }])).toEqual(['Gone']));
});

test.each([
  [{ type: 'boolean' }, 'checkbox'],
  [{ type: 'integer' }, 'number'],
  [{ enum: ['a'] }, 'select'],
  [{ type: 'string' }, 'text'],
  [{ type: 'object', properties: {} }, 'group'],
  [{ type: ['string', 'array'] }, 'json'],
] as [JsonSchema, string][])('where the UI schema is silent %j is drawn as %s', (schema, widget) => {
  expect(defaultWidget(schema)).toBe(widget);
});

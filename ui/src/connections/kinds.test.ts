import { describe, expect, test } from 'vitest';
import type { ConnectionTypeInfo } from '../api/types';
import { copyOf, draftOf, formOf, isKept, kindFor, secretOf, sentOf, strangers } from './kinds';

const TYPE: ConnectionTypeInfo = {
  type: 'radio',
  label: 'Radio',
  schema: {
    properties: {
      station: { type: 'string' },
      code: { type: 'string', writeOnly: true },
      key: { type: 'string', writeOnly: true },
      speed: { type: 'integer' },
    },
    oneOf: [
      { title: 'Code', required: ['station', 'code'], properties: { key: false } },
      { title: 'Key', required: ['key'], properties: { code: false, station: false } },
    ],
  },
};

describe('the kind of a connection', () => {
  test.each([
    [['station', 'code'], 0],
    [['key', 'speed'], 1],
    [['code'], 0],
    [[], null],
  ])('%j speaks for %s', (names, kind) => expect(kindFor(TYPE, names)).toBe(kind));

  test('decides what is asked: what it needs, then what it may have', () => {
    const { needed, optional } = formOf(TYPE, 0);
    expect(Object.keys(needed.schema.properties)).toEqual(['station', 'code']);
    expect(Object.keys(optional.schema.properties)).toEqual(['speed']);
    expect(needed.ui).toEqual({ code: { 'ui:widget': 'secret' } });
  });

  test('a default does not stand in for what has to be filled in', () => {
    const withDefault = {
      ...TYPE,
      schema: { required: ['station'], properties: { station: { default: 'A' }, speed: { default: 1 } } },
    };
    const { needed, optional } = formOf(withDefault, null);
    expect(needed.schema.properties['station']?.default).toBeNull();
    expect(optional.schema.properties['speed']?.default).toBe(1);
  });

  test('a type without kinds is asked whole', () => {
    const plain = { ...TYPE, schema: { properties: TYPE.schema.properties ?? {}, required: ['speed'] } };
    expect(formOf(plain, null).needed.names).toEqual(['speed']);
    expect(formOf(plain, null).optional.names).toEqual(['station', 'code', 'key']);
  });
});

describe('hidden values', () => {
  const draft = draftOf(TYPE, { config: { station: 'A' }, kept: ['code', 'cod'] });

  test('stand in the draft as what they are: there, and not shown', () => {
    expect(isKept(draft.values['code'])).toBe(true);
    expect(draft.kind).toBe(0);
  });

  test('are sent by name', () => {
    expect(sentOf(TYPE, draft)).toEqual({ kind: 0, config: { station: 'A' }, kept: ['code', 'cod'] });
  });

  test('do not follow into another mode', () => expect(copyOf(draft).values).toEqual({ station: 'A' }));

  test('of no known field can only be taken out', () => expect(strangers(TYPE, draft)).toEqual(['cod']));

  test('of another kind are not sent', () => {
    expect(sentOf(TYPE, { kind: 1, values: { ...draft.values, key: 'secrets.k' } })).toEqual({
      kind: 1,
      config: { key: 'secrets.k' },
      kept: ['cod'],
    });
  });
});

test.each([
  ['secrets.abc', 'abc'],
  [' secrets.$a1 ', '$a1'],
  ['secrets.1a', null],
  ['my secrets.abc', null],
  [null, null],
])('%j refers to the secret %j', (value, name) => expect(secretOf(value)).toBe(name));

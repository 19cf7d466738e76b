import { expect, test } from 'vitest';
import type { Descriptor } from '../api/types';
import { makeNode } from '../state/document';
import { writersOf, keepingTitles } from './namespaceWriters';

const writer = {
  type: 'W_V1',
  name: 'Writer',
  configSchema: { properties: { trouble: { title: 'Namespace for trouble' }, from: { title: 'From' } } },
  uiSchema: { 'ui:order': ['trouble'], trouble: { 'ui:options': { keepsFailures: true } }, from: {} },
} as unknown as Descriptor;
const descriptors = { W_V1: writer };
const node = (id: string, config: Record<string, string>, friendlyName?: string) =>
  makeNode({ id, type: 'W_V1', config, ...(friendlyName ? { friendlyName } : {}) }, writer, 0);

test('a block keeps its failures where the setting says that its UI schema marks, and nowhere else', () => {
  const nodes = [
    node('a', { trouble: 'errors' }),
    node('b', { from: 'errors' }),
    node('c', { trouble: 'errors' }, 'Mine'),
  ];
  expect(writersOf(nodes, descriptors, 'errors')).toEqual([
    { id: 'a', name: 'Writer' },
    { id: 'c', name: 'Mine' },
  ]);
});

test('a namespace that no block names has no writer, yet the setting has a name', () => {
  const nodes = [node('a', {}), node('b', {})];
  expect(writersOf(nodes, descriptors, 'errors')).toEqual([]);
  expect(keepingTitles(nodes, descriptors)).toEqual(['Namespace for trouble']);
});

test('a block whose type is not installed keeps nothing', () => {
  expect(writersOf([node('a', { trouble: 'errors' })], {}, 'errors')).toEqual([]);
});

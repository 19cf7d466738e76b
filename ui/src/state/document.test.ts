import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '../api/types';
import { closesCircle, fromDocument, newBlockId, toDocument } from './document';

const DOCUMENT: FlowDocument = {
  name: 'Orders',
  description: 'What it is for',
  timeout: 60,
  blocks: [
    { id: 'in', type: 'RECEIVER_V1', position: { x: 10, y: 20 }, config: { testData: '[]' } },
    {
      id: 'out',
      type: 'SINKHOLE_V1',
      friendlyName: 'Nowhere',
      position: { x: 400, y: 20 },
      width: 300,
      collapse: true,
    },
  ],
  edges: [
    { id: 'named', source: 'in', target: 'out' },
    { source: 'in', sourceHandle: 'o1', target: 'out', targetHandle: 'i2', label: 'rest' },
  ],
};

test('a document comes back from the canvas as it went there', () => {
  const { meta, nodes, edges } = fromDocument(DOCUMENT, {});
  expect(toDocument(meta, nodes, edges)).toEqual(DOCUMENT);
});

test('an edge without an id gets one from its ends, which is not written', () => {
  const { edges } = fromDocument(DOCUMENT, {});
  expect(edges.map((edge) => edge.id)).toEqual(['named', 'in.o1-out.i2']);
});

describe('a new block', () => {
  test('is called after its type', () => expect(newBlockId('SALESFORCE_WRITE_V1', [])).toBe('salesforceWrite'));
  test('is numbered where the name is taken', () =>
    expect(newBlockId('SINKHOLE_V1', ['sinkhole', 'sinkhole2'])).toBe('sinkhole3'));
});

describe('a wire', () => {
  const edges = [
    { source: 'a', target: 'b' },
    { source: 'b', target: 'c' },
  ];
  test('back to where the data came from would close a circle', () => expect(closesCircle(edges, 'c', 'a')).toBe(true));
  test('to the same block would too', () => expect(closesCircle(edges, 'a', 'a')).toBe(true));
  test('forward is fine', () => expect(closesCircle(edges, 'a', 'c')).toBe(false));
});

import { expect, test } from 'vitest';
import { contrastWithWhite, readableHeader } from './color';

test.each(['#2ba3dd', '#ffffff', '#ffff00', '#44678c', '#000000'])(
  'white text is readable on a header of %s',
  (color) => {
    expect(contrastWithWhite(readableHeader(color))).toBeGreaterThanOrEqual(4.5);
  },
);

test('a colour that is dark enough stays as it is', () => expect(readableHeader('#44678c')).toBe('#44678c'));

test('what is no colour becomes the usual one', () => expect(readableHeader('cornflower')).toBe('#44678c'));

import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import { Combobox } from './Combobox';
import type { Option } from './options';

const option = (value: string, label: string): Option => ({ value, label, hint: '', group: '' });
const FIELDS = [option('Name', 'Account Name'), option('Ext__c', 'External')];

afterEach(cleanup);

interface Given {
  isMulti?: boolean;
  isCreatable?: boolean;
}

/** A dropdown whose choices are still loading; `load` ends that. */
function show({ isMulti = false, isCreatable = true }: Given) {
  let value: string[] = [];
  let settle: (found: { options: Option[]; error?: string }) => void = () => undefined;
  function Form() {
    const [chosen, setChosen] = useState<string[]>([]);
    const [found, setFound] = useState<{ options: Option[]; error?: string } | null>(null);
    value = chosen;
    settle = setFound;
    return (
      <>
        <Combobox
          label="Fields"
          value={chosen}
          options={found?.options ?? []}
          isLoading={found === null}
          error={found?.error ?? null}
          isMulti={isMulti}
          isCreatable={isCreatable}
          onChange={setChosen}
        />
        <button type="button">Run</button>
      </>
    );
  }
  render(<Form />);
  return {
    user: userEvent.setup(),
    box: screen.getByRole('combobox', { name: 'Fields' }),
    value: () => value,
    load: (options: Option[], error?: string) => act(() => settle(error ? { options, error } : { options })),
  };
}

describe('what is typed and confirmed before the choices are there', () => {
  const kinds = [
    { isMulti: false, isCreatable: true },
    { isMulti: true, isCreatable: true },
    { isMulti: false, isCreatable: false },
  ];
  const ways = { Enter: '{Enter}', Tab: '{Tab}' };
  const cases = kinds.flatMap((kind) => Object.entries(ways).map(([way, keys]) => ({ ...kind, way, keys })));

  test.each(cases)('is kept at once ($way, several: $isMulti, new ones: $isCreatable)', async ({ keys, ...kind }) => {
    const { user, box, value, load } = show(kind);
    await user.type(box, 'Ext__c');
    await user.keyboard(keys);
    expect(value()).toEqual(['Ext__c']);
    load(FIELDS);
    expect(value()).toEqual(['Ext__c']);
  });

  test.each(cases)(
    'becomes the choice that it names ($way, several: $isMulti, new ones: $isCreatable)',
    async (given) => {
      const { user, box, value, load } = show(given);
      await user.type(box, 'account name');
      await user.keyboard(given.keys);
      load(FIELDS);
      expect(value()).toEqual(['Name']);
    },
  );

  test.each(cases)('stays where it names none ($way, several: $isMulti, new ones: $isCreatable)', async (given) => {
    const { user, box, value, load } = show(given);
    await user.type(box, 'something new');
    await user.keyboard(given.keys);
    load(FIELDS);
    expect(value()).toEqual(['something new']);
  });

  test.each(kinds)('becomes the best match after Enter, as later (several: $isMulti)', async (kind) => {
    const { user, box, value, load } = show(kind);
    await user.type(box, 'acc{Enter}');
    load(FIELDS);
    expect(value()).toEqual(['Name']);
  });

  test('is kept when the pointer presses something else', async () => {
    const { user, box, value, load } = show({ isCreatable: false });
    await user.type(box, 'external');
    await user.click(screen.getByRole('button', { name: 'Run' }));
    expect(value()).toEqual(['external']);
    load(FIELDS);
    expect(value()).toEqual(['Ext__c']);
  });

  test('is kept one after the other, and letters typed since stay', async () => {
    const { user, box, value, load } = show({ isMulti: true });
    await user.type(box, 'account name{Enter}external{Enter}thi');
    load(FIELDS);
    expect(value()).toEqual(['Name', 'Ext__c']);
    expect((box as HTMLInputElement).value).toBe('thi');
  });

  test('waits for the choices while they cannot be had', async () => {
    const { user, box, value, load } = show({ isCreatable: false });
    await user.type(box, 'external{Enter}');
    load([], 'The org is closed today.');
    expect(value()).toEqual(['external']);
    load(FIELDS);
    expect(value()).toEqual(['Ext__c']);
  });
});

test('the full name of a choice is taken when the field is left, a part of it is not', async () => {
  const { user, box, value, load } = show({ isCreatable: false });
  load(FIELDS);
  await user.type(box, 'account name{Tab}');
  expect(value()).toEqual(['Name']);
  await user.clear(box);
  await user.type(box, 'extern{Tab}');
  expect(value()).toEqual(['Name']);
});

import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Combobox } from './Combobox';
import type { Option } from './options';

const NAME: Option = { value: 'Name', label: 'Account Name', hint: '', group: '' };

afterEach(cleanup);

describe('what is typed before the choices are there', () => {
  test.each([
    [true, 'account name', 'Name'],
    [false, 'account name', 'Name'],
    [true, 'something new', 'something new'],
    [false, 'something new', 'something new'],
  ])('waits for them (several values: %s), and %s becomes %s', async (isMulti, typed, chosen) => {
    const onChange = vi.fn<(value: string[]) => void>();
    const user = userEvent.setup();
    const box = (options: Option[], isLoading: boolean) => (
      <Combobox
        label="Fields"
        value={[]}
        options={options}
        isLoading={isLoading}
        isMulti={isMulti}
        isCreatable
        onChange={onChange}
      />
    );
    const { rerender } = render(box([], true));
    await user.type(screen.getByRole('combobox', { name: 'Fields' }), `${typed}{Enter}`);
    expect(onChange).not.toHaveBeenCalled();
    rerender(box([NAME], false));
    expect(onChange).toHaveBeenLastCalledWith([chosen]);
  });
});

import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Combobox } from './Combobox';
import type { Option } from './options';

const NAME: Option = { value: 'Name', label: 'Account Name', hint: '', group: '' };

afterEach(cleanup);

describe('what is typed before the choices are there', () => {
  test('is not taken for a new value, and finds its choice once they came', async () => {
    const onChange = vi.fn<(value: string[]) => void>();
    const user = userEvent.setup();
    const box = (options: Option[], isLoading: boolean) => (
      <Combobox
        label="Fields"
        value={[]}
        options={options}
        isLoading={isLoading}
        isMulti
        isCreatable
        onChange={onChange}
      />
    );
    const { rerender } = render(box([], true));
    await user.type(screen.getByRole('combobox', { name: 'Fields' }), 'account name{Enter}');
    expect(onChange).not.toHaveBeenCalled();
    rerender(box([NAME], false));
    await user.keyboard('{Enter}');
    expect(onChange).toHaveBeenLastCalledWith(['Name']);
  });
});

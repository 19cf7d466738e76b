import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject, JsonSchema, Problem, UiSchema } from '../api/types';
import { SchemaForm } from './SchemaForm';

const SCHEMA: JsonSchema = {
  required: ['size'],
  properties: {
    loud: { type: 'boolean', title: 'Loud', default: false },
    how: { enum: ['a bit', 'very'], title: 'How loud' },
    size: { type: 'integer', title: 'Size', description: 'In pixels.' },
    more: { type: 'object', title: 'More', properties: { word: { type: 'string', title: 'Word' } } },
  },
};
const UI: UiSchema = {
  how: { 'ui:options': { visibleWhen: { loud: true } } },
  more: { 'ui:options': { collapsed: true } },
};
const SCOPE = { blockType: 'X_V1', flow: '', edge: '', mode: 'DEV' as const, lastRun: '', version: '' };

function show(start: JsonObject = {}, problems: Problem[] = []) {
  const onChange = vi.fn<(config: JsonObject) => void>();
  function Form() {
    const [config, setConfig] = useState(start);
    return (
      <SchemaForm
        schema={SCHEMA}
        ui={UI}
        config={config}
        scope={SCOPE}
        problems={problems}
        onChange={(next) => {
          setConfig(next);
          onChange(next);
        }}
        onAutoSelect={() => undefined}
        onNotice={() => undefined}
      />
    );
  }
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Form />
    </QueryClientProvider>,
  );
  return { onChange, user: userEvent.setup() };
}

afterEach(cleanup);

describe('the form of a block that nobody here knows', () => {
  test('shows a field once what it hangs on is ticked', async () => {
    const { user, onChange } = show();
    expect(screen.queryByRole('combobox', { name: 'How loud' })).toBeNull();
    await user.click(screen.getByRole('checkbox', { name: 'Loud' }));
    expect(screen.getByRole('combobox', { name: 'How loud' })).toBeTruthy();
    expect(onChange).toHaveBeenLastCalledWith({ loud: true });
  });

  test('stores numbers as numbers, and what is emptied not at all', async () => {
    const { user, onChange } = show();
    await user.type(screen.getByRole('spinbutton', { name: 'Size' }), '42');
    expect(onChange).toHaveBeenLastCalledWith({ size: 42 });
    await user.clear(screen.getByRole('spinbutton', { name: 'Size' }));
    expect(onChange).toHaveBeenLastCalledWith({});
  });

  test('keeps a group in an object of its own', async () => {
    const { user, onChange } = show();
    await user.type(screen.getByRole('textbox', { name: 'Word', hidden: true }), 'x');
    expect(onChange).toHaveBeenLastCalledWith({ more: { word: 'x' } });
  });

  test('says a problem at the field that it is about', () => {
    show({ size: 0 }, [{ path: '/size', message: '`size` is 0, but has to be 1 or more.', severity: 'error' }]);
    const field = screen.getByRole('spinbutton', { name: 'Size' });
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toContain('1 or more');
  });

  test('shows the help of a field when it is asked for', async () => {
    const { user } = show();
    await user.click(screen.getByRole('button', { name: 'About Size' }));
    expect(screen.getByText('In pixels.')).toBeTruthy();
  });
});

describe('a field whose choices hang on another', () => {
  const NESTED: JsonSchema = {
    properties: {
      object: { type: 'string', title: 'Object' },
      key: { type: 'string', title: 'Key' },
      fields: { type: 'array', title: 'Fields' },
    },
  };
  const HANGS_ON: UiSchema = {
    key: { 'ui:widget': 'select', 'ui:options': { choices: 'key', dependsOn: ['object'], creatable: true } },
    fields: { 'ui:widget': 'multiSelect', 'ui:options': { choices: 'fields', dependsOn: ['object'], creatable: true } },
  };

  test('what is set while the server is asked what still fits is not undone by its answer', async () => {
    const answers: (() => void)[] = [];
    vi.stubGlobal('fetch', () => {
      const answer = { choices: [{ value: 'Name', label: 'Name' }], edgeKeys: [] };
      return new Promise((resolve) => answers.push(() => resolve(new Response(JSON.stringify(answer)))));
    });
    let held: JsonObject = {};
    function Form() {
      const [config, setConfig] = useState<JsonObject>({ object: 'Lead', key: 'Old__c', fields: ['Old__c', 'Name'] });
      held = config;
      return (
        <SchemaForm
          schema={NESTED}
          ui={HANGS_ON}
          config={config}
          scope={SCOPE}
          problems={[]}
          onChange={setConfig}
          onAutoSelect={() => undefined}
          onNotice={() => undefined}
        />
      );
    }
    render(
      <QueryClientProvider client={new QueryClient()}>
        <Form />
      </QueryClientProvider>,
    );
    const user = userEvent.setup();
    await user.type(screen.getByRole('textbox', { name: 'Object' }), 's');
    await user.clear(screen.getByRole('combobox', { name: 'Key' }));
    await user.type(screen.getByRole('combobox', { name: 'Key' }), 'New__c{Tab}');
    expect(held['key']).toBe('New__c');
    await vi.waitFor(() => {
      for (const answer of answers.splice(0)) answer();
      expect(held['fields']).toEqual(['Name']);
    });
    expect(held).toEqual({ object: 'Leads', key: 'New__c', fields: ['Name'] });
    vi.unstubAllGlobals();
  });
});

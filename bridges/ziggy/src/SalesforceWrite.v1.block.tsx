import { useEffect, useState } from 'react';
import { CheckboxWithLabel, ConnectionChooser, type FormProps, type Json } from 'ziggy-sdk';
import taken from '../assets/choices.json';
import { Advanced } from './Advanced';
import { ChooseMany, ChooseOne } from './Choose';
import { Field } from './Field';
import { type Config, OPERATION_TITLE, SETTINGS, type Setting } from './SalesforceWrite.v1.config';
import type { Choices } from './take-choices';

const CHOICES = taken as Choices;
const setting = (name: string): Setting => SETTINGS[name] ?? { title: name, description: '' };

/** The form: connection, object, operation, match key, properties, namespace for errors, and Advanced. */
export function SalesforceWrite({ nodeId, block, collapse, flowApi }: FormProps) {
  const [isAll, setIsAll] = useState(false);
  const { config } = block;
  const set = (changes: Record<string, Json | undefined>) => {
    const next = Object.entries({ ...config, ...changes }).filter(([, value]) => value !== undefined);
    flowApi.updateBlock(nodeId, { ...block, config: Object.fromEntries(next) as Config });
  };
  const text = (name: string) => (typeof config[name] === 'string' ? (config[name] as string) : undefined);
  const names = Object.keys(CHOICES.connections);
  const connection = text('connection');
  const offered = connection === undefined ? undefined : CHOICES.connections[connection];
  const fields = offered?.fields[text('object') ?? ''];

  // Of one connection there is nothing to choose.
  useEffect(() => {
    if (connection === undefined && names.length === 1) {
      set({ connection: names[0] });
    }
  });

  if (collapse) {
    return null;
  }
  return (
    <div className="flex flex-col gap-3 p-3">
      <div className="flex gap-3">
        <Field setting={setting('connection')}>
          <ConnectionChooser
            connections={names.map((name) => ({ uuid: name, name, type: 'Salesforce' }))}
            selectedUuid={connection ?? null}
            onSelect={(uuid) => set({ connection: uuid })}
            types={['Salesforce']}
          />
        </Field>
        <Field setting={setting('object')}>
          <ChooseOne
            choices={(isAll ? offered?.allObjects : offered?.objects) ?? []}
            value={text('object')}
            onChange={(object) => set({ object })}
            creatable
            noOptionsMessage="Choose a connection first, or type an API name."
          />
          <CheckboxWithLabel label="All" checked={isAll} onChange={setIsAll} />
        </Field>
      </div>
      <hr />
      <h4 className="font-semibold">{OPERATION_TITLE}</h4>
      <Check name="upsert" config={config} onChange={set} />
      <Check name="validate" config={config} onChange={set} />
      {config['validate'] === true && (
        <div className="pl-3">
          <Check name="invalidToSecondEdge" config={config} onChange={set} />
        </div>
      )}
      <hr />
      <Field setting={setting('matchKey')}>
        <ChooseOne
          choices={fields?.matchKeys ?? []}
          value={text('matchKey')}
          onChange={(matchKey) => set({ matchKey })}
          clearable
          creatable
          noOptionsMessage="Type a key of the edge."
        />
      </Field>
      <Field setting={setting('properties')}>
        <ChooseMany
          choices={fields?.properties ?? []}
          value={(config['properties'] as string[] | undefined) ?? []}
          onChange={(properties) => set({ properties })}
          clearable
          creatable
          noOptionsMessage="Every property on the edge; or type API names."
        />
      </Field>
      <Field setting={setting('errorNamespace')}>
        <ChooseOne
          choices={CHOICES.namespaces}
          value={text('errorNamespace')}
          onChange={(errorNamespace) => set({ errorNamespace })}
          clearable
          creatable
          noOptionsMessage="Type a name for a new one."
        />
      </Field>
      <Advanced config={(config['advanced'] as Config | undefined) ?? {}} onChange={(advanced) => set({ advanced })} />
    </div>
  );
}

interface CheckProps {
  name: string;
  config: Config;
  onChange(changes: Record<string, Json>): void;
}

function Check({ name, config, onChange }: CheckProps) {
  const { title, description } = setting(name);
  const checked = (config[name] ?? SETTINGS[name]?.default) === true;
  return (
    <CheckboxWithLabel
      label={title}
      checked={checked}
      onChange={(value) => onChange({ [name]: value })}
      popupHelp={description}
    />
  );
}

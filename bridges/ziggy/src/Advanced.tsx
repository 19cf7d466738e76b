import { CheckboxWithLabel, InputSimple, type Json } from 'ziggy-sdk';
import { ChooseOne } from './Choose';
import { Field } from './Field';
import { ADVANCED, ADVANCED_ORDER, type Config, ENUM_NAMES, type Setting } from './SalesforceWrite.v1.config';

/** What most flows never touch; a setting at its default is not stored. */
export function Advanced({ config, onChange }: { config: Config; onChange(config: Config): void }) {
  const set = (name: string, value: Json | undefined) => {
    const { [name]: _before, ...rest } = config;
    const isDefault = value === undefined || JSON.stringify(value) === JSON.stringify(ADVANCED[name]?.default);
    onChange(isDefault ? rest : { ...rest, [name]: value });
  };
  return (
    <details>
      <summary>Advanced</summary>
      <div className="flex flex-col gap-2">
        {ADVANCED_ORDER.map((name) => {
          const setting = ADVANCED[name];
          const value = config[name] ?? setting?.default;
          return (
            setting && (
              <One key={name} name={name} setting={setting} value={value} onChange={(next) => set(name, next)} />
            )
          );
        })}
      </div>
    </details>
  );
}

interface OneProps {
  name: string;
  setting: Setting;
  value: Json | undefined;
  onChange(value: Json | undefined): void;
}

function One({ name, setting, value, onChange }: OneProps) {
  if (setting.type === 'boolean') {
    return (
      <CheckboxWithLabel
        label={setting.title}
        checked={value === true}
        onChange={onChange}
        popupHelp={setting.description}
      />
    );
  }
  if (setting.enum) {
    const names = ENUM_NAMES[name]?.['ui:enumNames'] ?? setting.enum;
    const choices = setting.enum.map((one, at) => ({ value: one, label: names[at] ?? one, hint: '', group: '' }));
    return (
      <Field setting={setting}>
        <ChooseOne choices={choices} value={String(value)} onChange={onChange} />
      </Field>
    );
  }
  const isText = setting.type === 'string' || setting.type === undefined;
  const shown = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <Field setting={setting}>
      <InputSimple value={shown} onChange={(text) => onChange(isText ? text || undefined : read(text, setting))} />
    </Field>
  );
}

/** A number or an object as it was typed; what is neither yet stays a text, which the block's check names. */
function read(text: string, setting: Setting): Json | undefined {
  if (text.trim() === '') {
    return undefined;
  }
  if (setting.type !== 'object') {
    return Number.isNaN(Number(text)) ? text : Number(text);
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

import { type SelectItem, SelectItems } from 'ziggy-sdk';
import type { Choice } from '../../sidecar-client/src/wire';

interface Props {
  choices: Choice[];
  clearable?: boolean;
  creatable?: boolean;
  noOptionsMessage?: string;
}

const itemsOf = (choices: Choice[]): SelectItem[] => choices.map(({ value, label }) => ({ id: value, label }));
/** What was typed, or is no longer offered, is shown by its name. */
const itemOf = (items: SelectItem[], id: string): SelectItem => items.find((one) => one.id === id) ?? { id, label: id };

export function ChooseOne({
  choices,
  value,
  onChange,
  ...rest
}: Props & { value?: string; onChange(value?: string): void }) {
  const items = itemsOf(choices);
  return (
    <SelectItems
      {...rest}
      items={items}
      selectedItem={value ? itemOf(items, value) : null}
      onSelect={(item) => onChange(item && !Array.isArray(item) ? item.id : undefined)}
    />
  );
}

export function ChooseMany({
  choices,
  value,
  onChange,
  ...rest
}: Props & { value: string[]; onChange(value: string[]): void }) {
  const items = itemsOf(choices);
  return (
    <SelectItems
      {...rest}
      multiSelect
      items={items}
      selectedItem={value.map((id) => itemOf(items, id))}
      onSelect={(chosen) => onChange([chosen ?? []].flat().map((item) => item.id))}
    />
  );
}

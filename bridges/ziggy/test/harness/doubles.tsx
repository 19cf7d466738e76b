/** Doubles of the SDK's five components: their props are those of the documentation, their looks are ours. */
import { useId, useState } from 'react';
import type * as Sdk from 'ziggy-sdk';

type Props<Component extends (props: never) => unknown> = Parameters<Component>[0];

export function SelectItems(props: Props<typeof Sdk.SelectItems>) {
  const [typed, setTyped] = useState('');
  const [isOpen, setIsOpen] = useState(false);
  const chosen = [props.selectedItem ?? []].flat();
  const shown = props.items.filter((one) => one.label.toLowerCase().includes(typed.toLowerCase()));
  const take = (item: Sdk.SelectItem) => {
    props.onSelect(props.multiSelect ? [...chosen, item] : item);
    setTyped('');
    setIsOpen(false);
  };
  const enter = () => {
    const [first] = shown;
    if (first) {
      take(first);
    } else if (props.creatable && typed !== '') {
      take({ id: typed, label: typed });
    }
  };
  return (
    <div className={`select ${props.clearable ? 'plain' : ''}`}>
      {chosen.map((item) => (
        <span key={item.id} className={props.multiSelect ? 'chip' : 'chosen'}>
          {item.label}
          {props.multiSelect && (
            <button
              type="button"
              aria-label={`Remove ${item.label}`}
              onClick={() => props.onSelect(chosen.filter((one) => one.id !== item.id))}
            >
              ×
            </button>
          )}
        </span>
      ))}
      <input
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setIsOpen(true);
        }}
        onFocus={() => setIsOpen(true)}
        onBlur={() => setIsOpen(false)}
        onKeyDown={(event) => event.key === 'Enter' && enter()}
      />
      {props.clearable && (
        <button type="button" aria-label="Clear" onClick={() => props.onSelect(props.multiSelect ? [] : null)}>
          ×
        </button>
      )}
      <span className="arrow">⌄</span>
      {isOpen && (
        <ul>
          {shown.map((item) => (
            <li key={item.id} onMouseDown={() => take(item)}>
              {item.label}
            </li>
          ))}
          {shown.length === 0 && <li>{props.noOptionsMessage}</li>}
        </ul>
      )}
    </div>
  );
}

export function CheckboxWithLabel({ label, checked, onChange, popupHelp }: Props<typeof Sdk.CheckboxWithLabel>) {
  const id = useId();
  return (
    <div className="check" title={popupHelp}>
      <input id={id} type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <label htmlFor={id}>{label}</label>
    </div>
  );
}

export function ConnectionChooser({ connections, selectedUuid, onSelect, types }: Props<typeof Sdk.ConnectionChooser>) {
  const offered = connections.filter((one) => types.includes(one.type));
  return (
    <div className="select">
      <select aria-label="Connection" value={selectedUuid ?? ''} onChange={(event) => onSelect(event.target.value)}>
        <option value="" />
        {offered.map((one) => (
          <option key={one.uuid} value={one.uuid}>
            {one.name}
          </option>
        ))}
      </select>
    </div>
  );
}

export function InputSimple({ value, onChange }: Props<typeof Sdk.InputSimple>) {
  return <input className="simple" value={value} onChange={(event) => onChange(event.target.value)} />;
}

export function PopupHelp({ text }: Props<typeof Sdk.PopupHelp>) {
  return (
    <abbr className="help" title={text}>
      ?
    </abbr>
  );
}

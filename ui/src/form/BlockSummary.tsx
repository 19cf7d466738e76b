import { useMemo } from 'react';
import { exactText } from '../api/exact';
import type { Json } from '../api/types';
import type { BlockNode } from '../state/document';
import { useEditor } from '../state/editor';
import { enumOptions, fieldsOf, isVisible, valueOf, type Field } from './schema';
import styles from './BlockSummary.module.css';

const SHOWN_LETTERS = 60;

/** A block's settings as words: what a flow of very many blocks shows in place of as many forms. */
export function BlockSummary({ data }: { data: BlockNode['data'] }) {
  const descriptor = useEditor((state) => state.descriptors[data.blockType]);
  const fields = useMemo(
    () => (descriptor ? fieldsOf(descriptor.configSchema, descriptor.uiSchema) : []),
    [descriptor],
  );
  return (
    <dl className={styles.summary}>
      {fields
        .filter((field) => field.widget !== 'group' && isVisible(field, data.config))
        .map((field) => (
          <div key={field.path}>
            <dt>{field.title}</dt>
            <dd>{nameOf(field, valueOf(field, data.config))}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The value as the form would show it. */
function nameOf(field: Field, value: Json): string {
  return enumOptions(field).find((one) => one.value === value)?.label ?? shown(value);
}

function shown(value: Json): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? '✓' : '–';
  if (Array.isArray(value)) return value.map(String).join(', ') || '–';
  const text = typeof value === 'string' ? value : exactText(value);
  return text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}…` : text;
}

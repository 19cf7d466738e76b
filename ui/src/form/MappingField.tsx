import { useMemo, useState } from 'react';
import type { Choice, EdgeKey, Json, JsonObject } from '../api/types';
import { Icon } from '../parts/Icon';
import { Combobox } from './Combobox';
import { folded } from './fuzzy';
import { change, linesOf, openTargets, pairsOf, proposalsFor, type Line } from './mapping';
import styles from './MappingField.module.css';
import { mappingWords as words } from './mappingWords';
import type { Field } from './schema';
import { useChoices, type FormScope } from './useChoices';
import { useEdgeKeys } from './useEdgeKeys';

interface Props {
  id: string;
  field: Field;
  pairs: JsonObject;
  /** The whole of the block's settings: the choices hang on them. */
  config: JsonObject;
  scope: FormScope;
  onChange: (pairs: JsonObject) => void;
}

const NO_CHOICES: Choice[] = [];

/** Which key of the edge goes where: keys with a sample on the left, what they can become on the right. */
export default function MappingField({ id, field, pairs, config, scope, onChange }: Props) {
  const { options } = field;
  const isReady = (options.dependsOn ?? []).every((name) => config[name]);
  const onEdge = useEdgeKeys(scope, true);
  // Keys that someone named before they are on the edge.
  const [added, setAdded] = useState<EdgeKey[]>([]);
  const keys = useMemo(() => [...onEdge, ...added.filter((one) => !sampleOf(onEdge, one.key))], [onEdge, added]);
  const asked = useChoices(field, config, scope, { isEnabled: isReady && options.choices !== undefined });
  const targets = asked.data?.choices ?? NO_CHOICES;
  const known = useMemo(() => pairsOf(pairs, options.byTarget === true), [pairs, options.byTarget]);
  const lines = useMemo(() => linesOf(known, keys, targets), [known, keys, targets]);
  const proposals = useMemo(
    () => proposalsFor(lines, targets, options.byTarget === true),
    [lines, targets, options.byTarget],
  );
  const open = openTargets(lines, targets);
  const set = (key: string, to: string | null | undefined, before?: string | null) =>
    onChange(change(pairs, { key, to, before }, options.byTarget === true));
  const takeAll = () =>
    onChange(
      [...proposals].reduce((all, [key, to]) => change(all, { key, to: to.value }, options.byTarget === true), pairs),
    );
  return (
    <div className={styles.mapping} role="group" aria-labelledby={`${id}-label`} id={id}>
      {!isReady && options.choices !== undefined && <p className={styles.soft}>{words.notReady}</p>}
      {lines.length === 0 && <p className={styles.soft}>{words.noKeys}</p>}
      {proposals.size > 0 && (
        <button type="button" className="button" onClick={takeAll}>
          {words.takeAll(proposals.size)}
        </button>
      )}
      {lines.length > 0 && (
        <ul className={styles.lines} aria-label={words.keys}>
          {lines.map((line) => (
            <Row
              key={`${line.key}\n${line.target ?? ''}`}
              line={line}
              sample={sampleOf(onEdge, line.key)}
              targets={targets}
              proposal={proposals.get(line.key)}
              canLeaveOut={options.leavesOut === true}
              isCreatable={options.creatable === true}
              onSet={(to) => set(line.key, to, line.target)}
            />
          ))}
        </ul>
      )}
      <AddKey
        isShown={options.creatable === true}
        onAdd={(key) => setAdded([...added, { key, sample: '', repeated: 0 }])}
      />
      {open.length > 0 && (
        <p className={styles.open}>
          {words.open} {open.map((one) => one.label).join(', ')}
        </p>
      )}
    </div>
  );
}

interface RowProps {
  line: Line;
  sample: EdgeKey | undefined;
  targets: Choice[];
  proposal: { value: string; label: string } | undefined;
  canLeaveOut: boolean;
  isCreatable: boolean;
  onSet: (to: string | null | undefined) => void;
}

function Row({ line, sample, targets, proposal, canLeaveOut, isCreatable, onSet }: RowProps) {
  const isLeftOut = line.target === null;
  const value: Json = line.target ?? '';
  return (
    <li className={styles.line} data-key={line.key}>
      <span className={styles.from}>
        <b>{line.key}</b>
        <small>{sample ? sample.sample : words.notOnEdge}</small>
      </span>
      <span aria-hidden>→</span>
      <span className={styles.to}>
        {isLeftOut ? (
          <span className={styles.soft}>{words.leftOut}</span>
        ) : (
          <Combobox
            label={words.goesTo(line.key)}
            value={value === '' ? [] : [value]}
            options={targets}
            placeholder={line.same ? words.same(line.same) : words.nowhere}
            isCreatable={isCreatable}
            isClearable
            onChange={([to]) => onSet(to)}
          />
        )}
        {proposal && (
          <button type="button" className={`button ${styles.proposal ?? ''}`} onClick={() => onSet(proposal.value)}>
            {words.propose(proposal.label)}
          </button>
        )}
      </span>
      {canLeaveOut && (
        <button
          type="button"
          className="icon-button"
          aria-label={isLeftOut ? words.takeIn(line.key) : words.leaveOut(line.key)}
          aria-pressed={isLeftOut}
          title={isLeftOut ? words.takeIn(line.key) : words.leaveOut(line.key)}
          onClick={() => onSet(isLeftOut ? undefined : null)}
        >
          <Icon icon="close" size={14} />
        </button>
      )}
    </li>
  );
}

/** A key that is not on the edge yet. */
function AddKey({ isShown, onAdd }: { isShown: boolean; onAdd: (key: string) => void }) {
  const [text, setText] = useState('');
  if (!isShown) return null;
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (folded(text) === '') return;
        onAdd(text.trim());
        setText('');
      }}
    >
      <input
        className="input"
        aria-label={words.another}
        placeholder={words.another}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button">
        {words.add}
      </button>
    </form>
  );
}

function sampleOf(keys: EdgeKey[], key: string): EdgeKey | undefined {
  return keys.find((one) => one.key.toLowerCase() === key.toLowerCase());
}

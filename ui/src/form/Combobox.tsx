import { autoUpdate, flip, offset, size, useFloating } from '@floating-ui/react-dom';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCombobox } from 'downshift';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import { Icon } from '../parts/Icon';
import styles from './Combobox.module.css';
import { matching, rowsOf, type Option } from './options';
import { words } from './words';

const ROW_PX = 38;
const MENU_PX = 320;
const MOST_IN_THE_PAGE = 40;
const OVERSCAN = 6;

export interface ComboboxProps {
  label: string;
  value: string[];
  isMulti?: boolean;
  options: Option[];
  isLoading?: boolean;
  error?: string | null;
  emptyText?: string;
  /** Said above the options, whatever they are. */
  note?: string | undefined;
  placeholder?: string;
  isCreatable?: boolean;
  isClearable?: boolean;
  isSolid?: boolean;
  isInvalid?: boolean;
  describedBy?: string;
  /** The id of the field; its label carries it with `-label` behind. Without it the label is said, not shown. */
  inputId?: string;
  showAll?: { label: string; isOn: boolean; onToggle: () => void } | undefined;
  onOpen?: () => void;
  onRetry?: () => void;
  onChange: (value: string[]) => void;
}

/** The one dropdown: object, field, key, namespace and connection, single or multiple, from three options to thousands. */
export function Combobox(props: ComboboxProps) {
  const { value, options, isMulti = false, isCreatable = false, isClearable = false, onChange } = props;
  const [query, setQuery] = useState<string | null>(null);
  const hintId = useId();
  const isLoading = props.isLoading === true;
  const canCreate = isCreatable && !isLoading;
  const rows = useMemo(() => rowsOf(options, query ?? '', canCreate), [options, query, canCreate]);
  const items = useMemo(() => rows.flatMap((row) => (row.kind === 'group' ? [] : [row.option])), [rows]);
  const labels = useMemo(() => new Map(options.map((option) => [option.value, option.label])), [options]);
  const nameOf = (one: string) => labels.get(one) ?? one;
  const shown = isMulti ? '' : nameOf(value[0] ?? '');
  const input = useRef<HTMLInputElement>(null);
  // A press on the menu's own controls (All, Try again) is no way out of it.
  const isPressedInside = useRef(false);
  const [host, setHost] = useState<HTMLElement>(document.body);

  const pick = (option: Option) => {
    setQuery(isMulti ? '' : null);
    if (!isMulti) onChange([option.value]);
    else if (value.includes(option.value)) onChange(value.filter((one) => one !== option.value));
    else onChange([...value, option.value]);
  };

  // Before the choices are there nobody knows which of them is meant. What is confirmed is kept as it was typed, so that
  // neither a run nor another block can come in between, and becomes the choice that it names once they have come.
  const typedAhead = useRef(new Map<string, boolean>());
  const isUnknown = isLoading || (Boolean(props.error) && options.length === 0 && !isCreatable);
  const take = (text: string, isBestMeant: boolean) => {
    setQuery(isMulti ? '' : null);
    const typed = text.trim();
    if (isUnknown) typedAhead.current.set(typed, isBestMeant);
    const chosen = exact(options, typed) ?? typed;
    if (!isMulti) onChange([chosen]);
    else if (!value.includes(chosen)) onChange([...value, chosen]);
  };
  useEffect(() => {
    if (isUnknown || typedAhead.current.size === 0) return;
    const meant = (one: string) => {
      const isBestMeant = typedAhead.current.get(one);
      const best = isBestMeant ? matching(options, one)[0]?.value : undefined;
      return isBestMeant === undefined ? one : (exact(options, one) ?? best ?? one);
    };
    const next = [...new Set(value.map(meant))];
    typedAhead.current.clear();
    if (next.length !== value.length || next.some((one, at) => one !== value[at])) onChange(next);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only the arrival of the choices is waited for
  }, [isUnknown]);

  const box = useCombobox<Option>({
    items,
    selectedItem: null,
    inputValue: query ?? shown,
    itemToString: (item) => item?.label ?? '',
    itemToKey: (item) => item?.value,
    ...(props.inputId ? { inputId: props.inputId, labelId: `${props.inputId}-label` } : {}),
    defaultHighlightedIndex: query ? 0 : -1,
    scrollIntoView: () => undefined,
    stateReducer: (state, { type, changes }) => {
      switch (type) {
        case useCombobox.stateChangeTypes.InputBlur:
          return isPressedInside.current ? state : { ...changes, selectedItem: null };
        case useCombobox.stateChangeTypes.InputChange:
          // The best match is ready for Enter from the first letter on.
          return { ...changes, highlightedIndex: changes.inputValue ? 0 : -1 };
        case useCombobox.stateChangeTypes.InputKeyDownEnter:
        case useCombobox.stateChangeTypes.ItemClick:
          return isMulti ? { ...changes, isOpen: true, highlightedIndex: state.highlightedIndex } : changes;
        default:
          return changes;
      }
    },
    onStateChange: ({ type, selectedItem }) => {
      switch (type) {
        case useCombobox.stateChangeTypes.InputKeyDownEnter:
        case useCombobox.stateChangeTypes.ItemClick:
          if (selectedItem) pick(selectedItem);
          break;
        case useCombobox.stateChangeTypes.InputBlur:
          if (isPressedInside.current) break;
          // A typed key is meant: leaving the field keeps it, and so does the full name of a choice.
          if (query?.trim() && (isUnknown || exact(options, query) || (isCreatable && !isMulti))) take(query, false);
          setQuery(null);
          break;
        case useCombobox.stateChangeTypes.InputKeyDownEscape:
          setQuery(null);
          break;
        default:
      }
    },
    onIsOpenChange: ({ isOpen }) => {
      if (isOpen) props.onOpen?.();
    },
  });

  const floating = useFloating({
    open: box.isOpen,
    // A modal dialog lies above everything else in the page, so its menus have to live in it.
    strategy: host === document.body ? 'absolute' : 'fixed',
    placement: 'bottom-start',
    whileElementsMounted: autoUpdate,
    middleware: [
      offset(4),
      flip({ padding: 8 }),
      size({
        padding: 8,
        apply: ({ rects, elements, availableHeight }) => {
          elements.floating.style.minWidth = `${Math.max(rects.reference.width, 240)}px`;
          elements.floating.style.maxHeight = `${Math.min(availableHeight, MENU_PX + 60)}px`;
        },
      }),
    ],
  });

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Backspace' && isMulti && !query) onChange(value.slice(0, -1));
    const isNothingMarked = isUnknown || (isCreatable && isMulti && box.highlightedIndex < 0);
    if (event.key === 'Enter' && isNothingMarked && query?.trim()) take(query, true);
  };

  const isLive = props.isLoading === true || Boolean(props.error) || items.length === 0;
  return (
    <div className={styles.box}>
      <div
        ref={(control) => {
          floating.refs.setReference(control);
          setHost(control?.closest('dialog') ?? document.body);
        }}
        className={[styles.control, props.isSolid ? styles.solid : '', props.isInvalid ? styles.invalid : ''].join(' ')}
      >
        {isMulti &&
          value.map((one) => (
            <span key={one} className={styles.chip}>
              <span className={styles.chipText} title={nameOf(one)}>
                {nameOf(one)}
              </span>
              <button
                type="button"
                className={styles.chipRemove}
                aria-label={words.remove(nameOf(one))}
                onClick={() => {
                  onChange(value.filter((other) => other !== one));
                  input.current?.focus();
                }}
              >
                <Icon icon="close" size={11} />
              </button>
            </span>
          ))}
        <input
          {...box.getInputProps({
            ref: input,
            ...(props.inputId ? {} : { 'aria-label': props.label }),
            'aria-describedby': [props.describedBy, isMulti ? hintId : ''].filter(Boolean).join(' ') || undefined,
            'aria-invalid': props.isInvalid ?? undefined,
            placeholder: isMulti && value.length > 0 ? '' : (props.placeholder ?? ''),
            onKeyDown,
            // Not from downshift's state change, which comes too late: fast typing would lose letters.
            onChange: (event) => setQuery(event.currentTarget.value),
            onFocus: (event) => event.target.select(),
            spellCheck: false,
          })}
          className={styles.input}
        />
        {isMulti && (
          <span id={hintId} className="visually-hidden">
            {words.chosen(value.map(nameOf))}
          </span>
        )}
        {isClearable && value.length > 0 && (
          <button
            type="button"
            className={styles.clear}
            aria-label={words.clear(props.label)}
            onClick={() => {
              onChange([]);
              setQuery(null);
              input.current?.focus();
            }}
          >
            <Icon icon="close" size={14} />
          </button>
        )}
        <button
          {...box.getToggleButtonProps({ 'aria-label': words.open(props.label) })}
          type="button"
          className={styles.toggle}
        >
          <Icon icon="chevron" size={16} />
        </button>
      </div>
      {createPortal(
        <div
          ref={floating.refs.setFloating}
          style={floating.floatingStyles}
          {...(box.isOpen ? { role: 'region', 'aria-label': words.choices(props.label) } : {})}
          onPointerDown={() => {
            isPressedInside.current = true;
          }}
          onPointerUp={() => setTimeout(() => (isPressedInside.current = false))}
          className={`nokey nowheel nopan nodrag ${styles.menu ?? ''} ${box.isOpen ? '' : (styles.closed ?? '')}`}
        >
          {box.isOpen && props.showAll && (
            <label className={styles.all}>
              <input
                type="checkbox"
                checked={props.showAll.isOn}
                onMouseDown={(event) => event.preventDefault()}
                onChange={props.showAll.onToggle}
                tabIndex={-1}
              />
              {props.showAll.label}
            </label>
          )}
          {box.isOpen && props.note && items.length > 0 && <p className={styles.state}>{props.note}</p>}
          <Menu box={box} rows={rows} value={value} label={props.label} />
          {box.isOpen && isLive && (
            <div className={styles.state} role="status">
              {props.isLoading
                ? words.loading
                : (props.error ?? (query ? words.noMatch(query) : props.emptyText || words.nothing))}
              {props.error && props.onRetry && (
                <button
                  type="button"
                  className="button"
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={props.onRetry}
                >
                  {words.retry}
                </button>
              )}
            </div>
          )}
        </div>,
        host,
      )}
    </div>
  );
}

/** The option that has this text for its value or its label. */
function exact(options: Option[], text: string): string | undefined {
  const wanted = text.trim().toLowerCase();
  return (
    options.find((one) => one.value.toLowerCase() === wanted) ??
    options.find((one) => one.label.toLowerCase() === wanted)
  )?.value;
}

type Box = ReturnType<typeof useCombobox<Option>>;

function Menu({
  box,
  rows,
  value,
  label,
}: {
  box: Box;
  rows: ReturnType<typeof rowsOf>;
  value: string[];
  label: string;
}) {
  const list = useRef<HTMLUListElement>(null);
  const chosen = useMemo(() => new Set(value), [value]);
  const isVirtual = rows.length > MOST_IN_THE_PAGE;
  const highlighted = box.highlightedIndex;
  const rowAt = rows.findIndex((row) => row.kind !== 'group' && row.index === highlighted);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read during render only
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: box.isOpen,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    initialRect: { width: 300, height: MENU_PX },
  });
  useEffect(() => {
    if (box.isOpen && rowAt >= 0) virtual.scrollToIndex(rowAt);
  }, [box.isOpen, rowAt, virtual]);
  const lines = isVirtual
    ? virtual.getVirtualItems().map((item) => ({ at: item.index, top: item.start }))
    : rows.map((_, at) => ({ at, top: null }));
  const total = rows.at(-1)?.kind === 'group' ? 0 : ((rows.at(-1) as { index: number } | undefined)?.index ?? -1) + 1;
  return (
    <ul
      {...box.getMenuProps({ ref: list, 'aria-label': label })}
      className={styles.list}
      hidden={!box.isOpen || rows.length === 0}
    >
      {box.isOpen && isVirtual && (
        <li role="presentation" className={styles.spacer} style={{ height: virtual.getTotalSize() }} />
      )}
      {box.isOpen &&
        lines.map(({ at, top }) => {
          const row = rows[at];
          if (!row) return null;
          const style = top === null ? undefined : { position: 'absolute' as const, top, left: 0, right: 0 };
          if (row.kind === 'group') {
            return (
              <li key={`group ${row.label}`} role="presentation" className={styles.group} style={style}>
                {row.label}
              </li>
            );
          }
          const { option, index } = row;
          return (
            <li
              key={`${row.kind} ${option.value} ${index}`}
              {...box.getItemProps({
                item: option,
                index,
                'aria-setsize': total,
                'aria-posinset': index + 1,
                'aria-selected': chosen.has(option.value),
              })}
              className={[
                styles.option,
                index === highlighted ? styles.active : '',
                chosen.has(option.value) ? styles.chosen : '',
              ].join(' ')}
              style={style}
            >
              <span className={styles.optionLabel}>
                {row.kind === 'create' ? words.create(option.label) : option.label}
              </span>
              {option.hint && option.hint !== option.label && <span className={styles.hint}>{option.hint}</span>}
            </li>
          );
        })}
    </ul>
  );
}

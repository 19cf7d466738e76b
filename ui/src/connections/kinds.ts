import type { ConnectionKind, ConnectionTypeInfo, Json, JsonObject, JsonSchema, UiSchema } from '../api/types';
import type { ConnectionValues, SentValues } from '../api/types';

/** What a connection's form is made of, read from its schema alone; nothing here knows a service. */

/** Stands in a form for a value that is stored and not sent to the page. */
const KEPT: Json = { kept: true };

/** The values of one mode while they are edited. */
export interface Draft {
  kind: number | null;
  values: JsonObject;
}

export function isKept(value: Json | undefined): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && value['kept'] === true;
}

/** The name behind `secrets.`, null where a value is no such reference. */
export function secretOf(value: Json | undefined): string | null {
  return (typeof value === 'string' && /^secrets\.([A-Za-z_$][\w$]*)$/.exec(value.trim())?.[1]) || null;
}

export function kindsOf(type: ConnectionTypeInfo): ConnectionKind[] {
  return type.schema.oneOf ?? [];
}

/** Which kind the filled-in fields speak for; null where nothing does. */
export function kindFor(type: ConnectionTypeInfo, names: string[]): number | null {
  const fits = kindsOf(type).map((kind) => {
    const required = kind.required ?? [];
    const foreign = names.filter((name) => kind.properties?.[name] === false);
    return 2 * required.filter((name) => names.includes(name)).length - required.length - 2 * foreign.length;
  });
  return names.length === 0 || fits.length === 0 ? null : fits.indexOf(Math.max(...fits));
}

/** A part of a form: its schema and how it is drawn. */
function part(type: ConnectionTypeInfo, names: string[], required: string[]) {
  const properties: Record<string, JsonSchema> = {};
  const ui: UiSchema = {};
  for (const name of names) {
    const property = type.schema.properties?.[name];
    if (!property) continue;
    // What a kind needs is to be filled in: a default would look as if it were.
    properties[name] = required.includes(name) ? { ...property, default: null } : property;
    if (property.writeOnly) ui[name] = { 'ui:widget': 'secret' };
  }
  return { names, schema: { required, properties }, ui };
}

/** What a kind needs, and what it may have besides. */
export function formOf(type: ConnectionTypeInfo, kind: number | null) {
  const chosen = kindsOf(type)[kind ?? -1];
  const names = Object.keys(type.schema.properties ?? {}).filter((name) => chosen?.properties?.[name] !== false);
  const required = [...(type.schema.required ?? []), ...(chosen?.required ?? [])];
  return {
    needed: part(
      type,
      names.filter((name) => required.includes(name)),
      required,
    ),
    optional: part(
      type,
      names.filter((name) => !required.includes(name)),
      [],
    ),
  };
}

export function draftOf(type: ConnectionTypeInfo, seen: ConnectionValues): Draft {
  const values = { ...seen.config, ...Object.fromEntries(seen.kept.map((name) => [name, KEPT])) };
  return { kind: kindFor(type, Object.keys(values)), values };
}

/** A copy to begin with for production: hidden values stay where they are. */
export function copyOf(draft: Draft): Draft {
  const values = Object.entries(draft.values).filter(([, value]) => !isKept(value));
  return { ...draft, values: Object.fromEntries(values) };
}

/** What is sent: the fields of the chosen kind, and stored values that no field shows, so that they are not lost in silence. */
export function sentOf(type: ConnectionTypeInfo, draft: Draft): SentValues {
  const chosen = kindsOf(type)[draft.kind ?? -1];
  const entries = Object.entries(draft.values).filter(([name]) => chosen?.properties?.[name] !== false);
  return {
    kind: draft.kind,
    config: Object.fromEntries(entries.filter(([, value]) => !isKept(value))),
    kept: entries.filter(([, value]) => isKept(value)).map(([name]) => name),
  };
}

/** Stored settings that the schema does not have: they can only be taken out. */
export function strangers(type: ConnectionTypeInfo, draft: Draft): string[] {
  return Object.keys(draft.values).filter((name) => !(name in (type.schema.properties ?? {})));
}

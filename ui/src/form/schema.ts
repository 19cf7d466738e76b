import type { Json, JsonObject, JsonSchema, UiOptions, UiSchema, UiSection } from '../api/types';

/** What a form is made of, read from config schema and UI schema alone; nothing here knows a block. */

export interface Field {
  name: string;
  /** JSON pointer into the config. */
  path: string;
  title: string;
  help: string;
  widget: string;
  schema: JsonSchema;
  ui: UiSchema;
  options: UiOptions;
  isRequired: boolean;
}

export interface Section {
  title: string;
  isColumns: boolean;
  fields: Field[];
}

export function fieldsOf(schema: JsonSchema, ui: UiSchema, path = ''): Field[] {
  const properties = schema.properties ?? {};
  const order = ui['ui:order'] ?? [];
  const names = [
    ...order.filter((name) => name in properties),
    ...Object.keys(properties).filter((one) => !order.includes(one)),
  ];
  return names.flatMap((name) => {
    const property = properties[name];
    if (!property) return [];
    const fieldUi = (ui[name] ?? {}) as UiSchema;
    return [
      {
        name,
        path: `${path}/${name}`,
        title: property.title ?? name,
        help: property.description ?? '',
        widget: fieldUi['ui:widget'] ?? defaultWidget(property),
        schema: property,
        ui: fieldUi,
        options: fieldUi['ui:options'] ?? {},
        isRequired: schema.required?.includes(name) ?? false,
      },
    ];
  });
}

/** The widget where the UI schema names none; `json` draws whatever has no widget of its own. */
export function defaultWidget(schema: JsonSchema): string {
  if (schema.enum) return 'select';
  switch (schema.type) {
    case 'boolean':
      return 'checkbox';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'text';
    case 'object':
      return schema.properties ? 'group' : 'json';
    default:
      return 'json';
  }
}

export function sectionsOf(fields: Field[], sections: UiSection[] | undefined): Section[] {
  if (!sections) return fields.length > 0 ? [{ title: '', isColumns: false, fields }] : [];
  const byName = new Map(fields.map((field) => [field.name, field]));
  const named = sections.map((section) => ({
    title: section.title ?? '',
    isColumns: section.layout === 'columns',
    fields: section.properties.flatMap((name) => byName.get(name) ?? []),
  }));
  const seen = new Set(sections.flatMap((section) => section.properties));
  const rest = fields.filter((field) => !seen.has(field.name));
  return rest.length > 0 ? [...named, { title: '', isColumns: false, fields: rest }] : named;
}

/** Whether each setting that the field hangs on has the wanted value, or one of several wanted ones. */
export function isVisible(field: Field, config: JsonObject): boolean {
  return Object.entries(field.options.visibleWhen ?? {}).every(([name, wanted]) =>
    [wanted].flat().includes(config[name] ?? null),
  );
}

export function valueOf(field: Field, config: JsonObject): Json {
  return config[field.name] ?? field.schema.default ?? null;
}

/** The values of an `enum` with what they are called. */
export function enumOptions(field: Field): { value: string; label: string; hint: string; group: string }[] {
  return (field.schema.enum ?? []).map((one, at) => ({
    value: String(one),
    label: field.ui['ui:enumNames']?.[at] ?? String(one),
    hint: '',
    group: '',
  }));
}

/** The config with a field set; an empty value takes the field away, so that a flow's file holds what was chosen. */
export function withValue(config: JsonObject, field: Field, value: Json): JsonObject {
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
  const isEmptyGroup = field.widget === 'group' && typeof value === 'object' && Object.keys(value ?? {}).length === 0;
  if (isEmpty || isEmptyGroup) {
    return Object.fromEntries(Object.entries(config).filter(([name]) => name !== field.name));
  }
  return { ...config, [field.name]: value };
}

/** The fields whose choices hang on `name`, directly or through another. */
export function dependents(fields: Field[], name: string): Field[] {
  const found = new Set<string>();
  let names = [name];
  while (names.length > 0) {
    const next = fields.filter(
      (field) => !found.has(field.name) && field.options.dependsOn?.some((one) => names.includes(one)),
    );
    for (const field of next) found.add(field.name);
    names = next.map((field) => field.name);
  }
  return fields.filter((field) => found.has(field.name));
}

/** Which of a field's values are no longer offered. */
export function unfit(value: Json, offered: { value: string }[]): string[] {
  const known = new Set(offered.map((choice) => choice.value.toLowerCase()));
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  return values.map(String).filter((one) => !known.has(one.toLowerCase()));
}

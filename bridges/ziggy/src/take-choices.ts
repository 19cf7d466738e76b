import type { Choice, JsonObject, Sidecar } from '../../sidecar-client/src';

const BLOCK = 'SALESFORCE_WRITE_V1';

/** What the form offers, by connection; the keys and properties only of the objects that were asked for. */
export interface Choices {
  namespaces: Choice[];
  connections: Record<string, ConnectionChoices>;
}
export interface ConnectionChoices {
  objects: Choice[];
  allObjects: Choice[];
  fields: Record<string, { matchKeys: Choice[]; properties: Choice[] }>;
}

/** Asks the sidecar of a project folder for everything that the form may offer. */
export async function takeChoices(sidecar: Sidecar, objects: string[]): Promise<Choices> {
  const ask = async (field: string, config: JsonObject) =>
    (await sidecar.request('choices', { blockType: BLOCK, field, config })).choices;
  const taken: Choices = { namespaces: await ask('errorNamespace', {}), connections: {} };
  for (const { value: connection } of await ask('connection', {})) {
    const fields: ConnectionChoices['fields'] = {};
    for (const object of objects) {
      const config = { connection, object };
      fields[object] = { matchKeys: await ask('matchKey', config), properties: await ask('properties', config) };
    }
    taken.connections[connection] = {
      objects: await ask('object', { connection }),
      allObjects: await ask('object?all', { connection }),
      fields,
    };
  }
  return taken;
}

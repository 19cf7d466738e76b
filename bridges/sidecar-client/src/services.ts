import type { Connection, Mode, SidecarRequests, StoreRecord } from './wire';

type Answer<T> = T | Promise<T>;

/** The Data Store of a host. */
export interface Store {
  namespaces(): Answer<string[]>;
  find(name: string, limit: number, offset: number): Answer<StoreRecord[]>;
  findKeys(name: string, keys: string[]): Answer<StoreRecord[]>;
  /** Writes the records that are new, all or none of them; answers those whose key was there already. */
  insertMany(records: StoreRecord[]): Answer<StoreRecord[]>;
  upsertMany(records: StoreRecord[]): Answer<void>;
  deleteKeys(name: string, keys: string[]): Answer<number>;
}

/** What a host serves to a sidecar that has no project folder. What is thrown is told to the block in its words. */
export interface HostServices {
  connectionNames(type: string): Answer<string[]>;
  connection(name: string, mode: Mode): Answer<Connection>;
  store: Store;
}

export type Served = {
  [Method in keyof SidecarRequests]: (params: SidecarRequests[Method]['params']) => Answer<unknown>;
};

/** Each call-back by its method. */
export function served(services: HostServices): Served {
  const { store } = services;
  return {
    connectionNames: ({ type }) => services.connectionNames(type),
    connection: ({ name, mode }) => services.connection(name, mode),
    'store.namespaces': () => store.namespaces(),
    'store.find': ({ name, limit, offset }) => store.find(name, limit, offset),
    'store.findKeys': ({ name, keys }) => store.findKeys(name, keys),
    'store.insertMany': ({ records }) => store.insertMany(records),
    'store.upsertMany': async ({ records }) => {
      await store.upsertMany(records);
      return null;
    },
    'store.deleteKeys': ({ name, keys }) => store.deleteKeys(name, keys),
  };
}

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from './services';
import type { Json, StoreRecord } from './wire';

const SUFFIX = '.json';

/**
 * A Data Store for hosts that have none: a file for each namespace, replaced as a whole.
 * Made for what a block keeps (failures, jobs under way), not for large data; one process at a time may use a folder.
 */
export class FolderStore implements Store {
  private readonly loaded = new Map<string, Map<string, Json>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly folder: string) {}

  namespaces(): Promise<string[]> {
    return this.inTurn(async () => {
      const files = await readdir(this.folder).catch(() => [] as string[]);
      const named = files.filter((file) => file.endsWith(SUFFIX));
      return named.map((file) => decodeURIComponent(file.slice(0, -SUFFIX.length))).sort();
    });
  }

  find(name: string, limit: number, offset: number): Promise<StoreRecord[]> {
    return this.inTurn(async () => {
      const records = await this.load(name);
      const keys = [...records.keys()].sort().slice(offset, offset + limit);
      return keys.map((key) => ({ name, key, data: records.get(key) as Json }));
    });
  }

  findKeys(name: string, keys: string[]): Promise<StoreRecord[]> {
    return this.inTurn(async () => {
      const records = await this.load(name);
      const found = [...new Set(keys)].filter((key) => records.has(key));
      return found.map((key) => ({ name, key, data: records.get(key) as Json }));
    });
  }

  insertMany(records: StoreRecord[]): Promise<StoreRecord[]> {
    return this.inTurn(async () => {
      const there: StoreRecord[] = [];
      for (const one of records) {
        if ((await this.load(one.name)).has(one.key)) {
          there.push(one);
        }
      }
      await this.put(records.filter((one) => !there.includes(one)));
      return there;
    });
  }

  upsertMany(records: StoreRecord[]): Promise<void> {
    return this.inTurn(() => this.put(records));
  }

  deleteKeys(name: string, keys: string[]): Promise<number> {
    return this.inTurn(async () => {
      const next = new Map(await this.load(name));
      const count = keys.filter((key) => next.delete(key)).length;
      if (count > 0) {
        await this.replace(name, next);
      }
      return count;
    });
  }

  private async put(records: StoreRecord[]): Promise<void> {
    for (const name of new Set(records.map((one) => one.name))) {
      const next = new Map(await this.load(name));
      for (const one of records) {
        if (one.name === name) {
          next.set(one.key, one.data);
        }
      }
      await this.replace(name, next);
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private path(name: string): string {
    return join(this.folder, `${encodeURIComponent(name).replaceAll('.', '%2E')}${SUFFIX}`);
  }

  private async load(name: string): Promise<Map<string, Json>> {
    let records = this.loaded.get(name);
    if (!records) {
      const text = await readFile(this.path(name), 'utf8').catch((err: NodeJS.ErrnoException) => {
        if (err.code === 'ENOENT') {
          return '{}';
        }
        throw err;
      });
      records = new Map(Object.entries(JSON.parse(text) as Record<string, Json>));
      this.loaded.set(name, records);
    }
    return records;
  }

  private async replace(name: string, records: Map<string, Json>): Promise<void> {
    const path = this.path(name);
    if (records.size === 0) {
      await rm(path, { force: true });
    } else {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const written = `${path}.${randomUUID()}`;
      await writeFile(written, JSON.stringify(Object.fromEntries(records)), { mode: 0o600 });
      await rename(written, path);
    }
    this.loaded.set(name, records);
  }
}

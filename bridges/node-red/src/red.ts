/** As much of Node-RED's own API as these nodes use. */
export type Message = { _msgid?: string; payload?: unknown; [name: string]: unknown };

export interface Status {
  fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
  shape?: 'dot' | 'ring';
  text?: string;
}

export interface RedNode {
  id: string;
  name: string;
  wires: string[][];
  credentials?: Record<string, string>;
  status(status: Status): void;
  log(text: string): void;
  warn(text: string): void;
  error(text: unknown, msg?: Message): void;
  send(messages: (Message | null)[]): void;
  on(
    event: 'input',
    listener: (msg: Message, send: (messages: (Message | null)[]) => void, done: (err?: Error) => void) => void,
  ): void;
  on(event: 'close', listener: (removed: boolean, done: () => void) => void): void;
}

export interface Request {
  body: Record<string, unknown>;
}
export interface Response {
  json(body: unknown): void;
}
type Handler = (request: Request, response: Response, next: () => void) => void;

export interface Red {
  settings: { userDir?: string; salesforceWriteCommand?: string | string[]; version?: string };
  log: { info(text: string): void; warn(text: string): void; error(text: string): void; debug(text: string): void };
  auth: { needsPermission(permission: string): Handler };
  httpAdmin: { get(path: string, ...handlers: Handler[]): void; post(path: string, ...handlers: Handler[]): void };
  util: { cloneMessage(msg: Message): Message };
  nodes: {
    createNode(node: RedNode, definition: object): void;
    registerType(type: string, constructor: object, options?: object): void;
    getNode(id: string): RedNode | null;
    getCredentials(id: string): Record<string, string> | undefined;
  };
}

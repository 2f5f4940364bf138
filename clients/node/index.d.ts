/** How `utabox serve` is to run: its flags in camel case, such as `rateLimits: "off"`. */
export interface Settings {
  /** The program, or the words of a command. Default: UTABOX_BIN, or `utabox` on the PATH. */
  bin?: string | string[];
  /** How long to wait until it is ready. Default: 15000. */
  timeoutMs?: number;
  /** A YAML or TOML file of accounts, prices, faults and clock. */
  seed?: string;
  /** A folder that keeps everything. Default: nothing is kept. */
  data?: string;
  memory?: boolean;
  port?: number;
  rateLimits?: "real" | "off" | number;
  environment?: "full" | "mainnet" | "testnet" | "demo" | "testnet-demo";
  acceptAnyKey?: boolean;
  apiKey?: string;
  apiSecret?: string;
  token?: string;
  [flag: string]: string | string[] | number | boolean | null | undefined;
}

export interface Account {
  uid: number;
  key: string;
  secret: string;
}

/** An account that a seed made; its secret only where the server made it up. */
export interface Sown {
  name: string;
  uid: number;
  key: string | null;
  secret: string | null;
}

export interface Identity {
  key: string;
  secret: string;
}

/** What an account is to be; more in docs/control.md, POST /-/accounts and POST /-/keys. */
export interface NewAccount {
  /** A word, or its unifiedMarginStatus. Default: uta2. */
  kind?: "classic" | "uta1" | "uta1-pro" | "uta2" | "uta2-pro" | 1 | 3 | 4 | 5 | 6;
  /** Coin to amount, as text: { USDT: "1000" }. */
  funds?: Record<string, string | number>;
  /** What its key is to be, such as { readOnly: true }. */
  key?: Record<string, unknown>;
  uid?: number;
  /** Its master, of a sub-account. */
  parentUid?: number;
  vipLevel?: string;
  environment?: "mainnet" | "testnet" | "demo" | "testnet-demo";
  memberType?: number;
  inviterUid?: number;
}

export interface Request {
  number: number;
  time: number;
  method: string;
  path: string;
  query: string;
  body: string;
  headers: Record<string, string>;
  apiKey: string;
  uid: number;
  status: number;
  retCode: number | null;
  retMsg: string;
  why: Record<string, unknown> | null;
  [member: string]: unknown;
}

export interface RequestFilter {
  method?: string;
  /** The whole one; or, with `*` at its end, how it begins. */
  path?: string;
  refused?: boolean;
  uid?: number;
  requestId?: string;
  after?: number;
  /** So many at most, the newest. Default: all. */
  limit?: number;
}

/** What a call was like. */
export interface Expected {
  /** Exactly so often. Default: at least once. */
  times?: number;
  /** Members of its JSON, among others; a function is asked. */
  body?: object;
  /** The same of its query. */
  params?: object;
  retCode?: number;
  status?: number;
}

export interface ClockView {
  time: number;
  machineTime: number;
  speed: string;
  set: boolean;
}

/** A time in ms, as a Date, or in ISO 8601. */
export type Time = number | string | Date;

export interface Clock {
  show(): Promise<ClockView>;
  freeze(time?: Time): Promise<ClockView>;
  /** Ahead by such as "1h30m", or by ms. */
  step(duration: string | number): Promise<ClockView>;
  set(time: Time): Promise<ClockView>;
  run(speed?: number): Promise<ClockView>;
  follow(): Promise<ClockView>;
}

/** A rule: which requests it is about, which of them it meets, what becomes of those. */
export interface Fault {
  apiKey?: string;
  uid?: number;
  method?: "GET" | "POST";
  path?: string;
  nth?: number;
  every?: number;
  times?: number;
  probability?: number | string;
  seed?: number;
  until?: number;
  forMs?: number;
  retCode?: number;
  retMsg?: string;
  status?: number;
  body?: "html" | "text" | "empty";
  executed?: boolean;
  delayMs?: number;
  jitterMs?: number;
  close?: "before" | "middle" | "after";
  reset?: boolean;
  drop?: string[];
  blank?: string[];
  retype?: string[];
  limitHeaders?: boolean;
  note?: string;
}

export interface FaultView extends Fault {
  id: number;
  summary: string;
  matched: number;
  fired: number;
  left: number | null;
  spent: boolean;
  [member: string]: unknown;
}

export interface Faults {
  add(rule: Fault): Promise<FaultView>;
  list(): Promise<FaultView[]>;
  clear(id?: number): Promise<void>;
}

export declare class UtaboxError extends Error {
  status?: number;
  why: Record<string, unknown> | null;
}

export declare class Venue {
  readonly url: string;
  readonly name: string;
  readonly demo: Identity | null;
  readonly seeded: Sown[];
  readonly clock: Clock;
  readonly faults: Faults;
  seed(seed: object): Promise<Sown[]>;
  account(wanted?: NewAccount): Promise<Account>;
  fund(uid: number, funds: Record<string, string | number>): Promise<void>;
  /** A client of bybit-api that signs with the venue's time. */
  client<Client extends object>(
    RestClientV5: new (options: any) => Client,
    identity: Identity,
    more?: object,
  ): Client;
  options<More extends object>(
    identity: Identity,
    more?: More,
  ): { baseUrl: string; key: string; secret: string; syncTimeBeforePrivateRequests?: boolean } & More;
  requests(filter?: RequestFilter): Promise<Request[]>;
  /** Throws an AssertionError that shows what was sent. */
  expect(method: string, path: string, expected?: Expected): Promise<Request[]>;
  reset(): Promise<void>;
  snapshot(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  drop(): Promise<void>;
  door(method: string, path: string, body?: object): Promise<any>;
}

export declare class Server extends Venue {
  readonly pid: number;
  venue(
    name?: string,
    options?: { environment?: string; memory?: boolean; seed?: object },
  ): Promise<Venue>;
  stop(options?: { graceMs?: number }): Promise<void>;
}

export declare function start(settings?: Settings): Promise<Server>;

// Runs first in every Node under `utabox run`: the exchange's hosts lead to us or nowhere.
//
// Node requires it by NODE_OPTIONS, before the program, in each process and worker thread. It needs
// nothing but Node 18 or later. What it does:
//
// * A documented host is looked up as an address of ours, and leads to us on its ports 443 and 80;
//   other names under the exchange's domains are refused; all others are looked up as ever.
// * Each connection and datagram is checked where Node hands it to the system. It passes if it goes
//   to this machine, to a private network, or to an address that a look-up of another host gave.
//   An address that came from elsewhere may be the exchange's.
// * What a connection that does not lead to us says first is read: a proxy of the program's own,
//   which is asked for the exchange, is not asked.
// * Whatever the program starts is given the same environment, even if it has changed its own.
//
// If any of it cannot be done, the process ends: a program that runs unprotected would trade for
// real. Native addons with sockets of their own are not led: --isolate is for that.
'use strict';

const PREFIX = 'UTABOX_RUN_';
const EXIT = 70; // EX_SOFTWARE
const KEPT = [
  'CURL_CA_BUNDLE', 'DENO_CERT', 'NODE_EXTRA_CA_CERTS', 'NO_PROXY', 'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE', 'WEBSOCKET_CLIENT_CA_BUNDLE', 'no_proxy',
];
const IF_ABSENT = ['UTABOX_TOKEN', 'UTABOX_URL']; // a child may deal with another server
const DROPPED = ['HOSTALIASES', 'LOCALDOMAIN', 'RES_OPTIONS'];
const PROXIES = [
  'all_proxy', 'http_proxy', 'https_proxy', 'npm_config_http_proxy', 'npm_config_https_proxy',
  'npm_config_proxy', 'ws_proxy', 'wss_proxy',
]; // that we know, in lower case: others are taken away

// What a documented host is looked up as: a loopback address of ours alone. On a connection to it,
// the port says where it leads.
const STAND_IN = '127.85.84.66';
const OURS = '127.0.0.1';
const PERMITTED_MAX = 100_000; // addresses of other hosts; beyond them all are forgotten
const SAID_MAX = 16_640; // bytes that are read until it is known for whom they are: a TLS record

function begin() {
  if (!Object.keys(process.env).some((name) => name.startsWith(PREFIX))) return; // not run by us
  try {
    if (!process.versions.node || Number(process.versions.node.split('.')[0]) < 18) {
      end('this needs Node 18 or later.');
    }
    const rules = rulesOf(process.env);
    leadLookups(rules);
    const { connect } = require('net').Socket.prototype;
    guardHandles(rules, connect);
    leadConnections(rules);
    watchTls(rules);
    keepEnvironment();
    require('module').syncBuiltinESMExports();
  } catch (error) {
    end(`Node cannot be led to your utabox (${(error && error.message) || error}).`);
  }
}

function end(sentence) {
  try {
    require('fs').writeSync(2, `utabox run: ${sentence} The program was not started.\n`);
  } finally {
    process.reallyExit(EXIT);
  }
}

// Where names and addresses lead.

function rulesOf(environment) {
  const net = require('net');
  const { domainToASCII } = require('url');
  const variable = (name) => {
    if (!environment[name]) throw new Error(`the variable ${name} is missing`);
    return environment[name];
  };
  const hosts = new Set(variable(`${PREFIX}HOSTS`).toLowerCase().split(','));
  const domains = variable(`${PREFIX}DOMAINS`).toLowerCase().split(',');
  const url = new URL(variable(`${PREFIX}URL`));
  const plain = environment[`${PREFIX}PLAIN`]; // of an older utabox: it was the port of the URL
  const offline = environment[`${PREFIX}OFFLINE`] === '1';
  const ports = new Map([
    [443, Number(variable(`${PREFIX}TLS`).split(':').pop())],
    [80, Number(plain ? plain.split(':').pop() : url.port) || (url.protocol === 'https:' ? 443 : 80)],
  ]);
  const own = new Set([...ports.values(), Number(new URL(variable(`${PREFIX}PROXY`)).port)]);
  const near = new net.BlockList();
  // Not the ranges that some proxies take for stand-ins (198.18.0.0/15), nor 64:ff9b::/96.
  const here = [['0.0.0.0', 8], ['127.0.0.0', 8], ['::', 128], ['::1', 128]];
  const nearby = [
    ['10.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.168.0.0', 16],
    ['255.255.255.255', 32], ['fc00::', 7], ['fe80::', 10],
  ];
  for (const [address, bits] of offline ? here : [...here, ...nearby]) {
    near.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  }
  const permitted = new Set();

  // One spelling of an address; a mapped one is the IPv4 address that it leads to.
  function plainAddress(address) {
    const family = net.isIP(address);
    if (family === 4) return address;
    if (family !== 6) return null;
    const text = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text);
    if (!mapped) return text;
    const [high, low] = mapped.slice(1).map((part) => parseInt(part, 16));
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }

  // The address that a host spells, in any spelling that resolvers take (127.1), or null.
  function addressOf(host) {
    if (net.isIP(host)) return host;
    const read = domainToASCII(host);
    return net.isIP(read) ? read : null;
  }

  // A host as it is compared; null: it is an address. It throws where it cannot be told.
  function nameOf(host) {
    if (addressOf(host) !== null) return null;
    // As resolvers do: full-width letters and dots become the ordinary ones.
    const name = domainToASCII(host).toLowerCase().replace(/\.$/, '');
    if (!/^[a-z0-9_.-]+$/.test(name)) throw refusedName(host, 'is no host name');
    return name;
  }

  // Whether it is a documented host; it throws if it is another of the exchange's.
  function isOurs(name) {
    if (name === null) return false;
    if (hosts.has(name)) return true;
    if (isTheExchanges(name)) {
      throw refusedName(
        name,
        "is the exchange's, and no host that its documentation has for programs: use one of "
          + `those, such as ${[...hosts].sort()[0]}`,
      );
    }
    if (offline && name !== 'localhost') {
      throw refusedName(name, 'is elsewhere, and --offline was given: leave it out');
    }
    return false;
  }

  function isTheExchanges(name) {
    return hosts.has(name)
      || domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
  }

  // Whether another side that is asked for this host could lead to the exchange.
  function leadsPastUs(host) {
    try {
      const address = addressOf(host);
      return address === null ? isTheExchanges(nameOf(host)) : !passes(address);
    } catch {
      return false; // which no resolver takes
    }
  }

  function passes(address) {
    const one = plainAddress(address);
    if (one === null) return false;
    return permitted.has(one) || near.check(one, net.isIP(one) === 4 ? 'ipv4' : 'ipv6');
  }

  return {
    offline,
    leadsPastUs,
    passes,
    isOurPort: (host, port) => own.has(Number(port))
      && (host === 'localhost' || plainAddress(host) === OURS),
    addressOf,
    nameOf,
    isOurs,
    leads: (host) => isOurs(nameOf(host)),
    isStandIn: (host) => plainAddress(host) === STAND_IN,
    port(host, port) {
      const there = ports.get(Number(port));
      if (there !== undefined) return there;
      throw refusedName(
        host, `leads to your utabox on its ports 443 and 80 only, not on ${port}`,
      );
    },
    permit(address) {
      if (offline) return;
      if (permitted.size > PERMITTED_MAX) permitted.clear();
      permitted.add(plainAddress(address));
    },
  };
}

function refusedName(host, why) {
  const error = new Error(`utabox run: ${host} ${why}. Nothing was looked up.`);
  return Object.assign(error, {
    code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: host,
  });
}

function refused(address, port) {
  const error = new Error(
    `utabox run: no connection to ${address}${port === undefined ? '' : ` port ${port}`}: it is no `
      + 'address of this machine or of a private network, and no look-up of a host gave it, so it '
      + "may be the exchange's. Let the program connect to the host by its name.",
  );
  return Object.assign(error, {
    code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address, port,
  });
}

function refusedWay(host, peer) {
  const error = new Error(
    `utabox run: no connection to ${host} by way of ${peer}: that leads past your utabox, to the `
      + "exchange if it is a proxy. Take the proxy, or the address, out of the program's own "
      + 'settings.',
  );
  return Object.assign(error, { code: 'ECONNREFUSED', errno: -111, syscall: 'write' });
}

// A function in the place of another, with whatever Node keeps on that (promisify, for one).
function inPlaceOf(original, replacement) {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype') continue;
    Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key));
  }
  return replacement;
}

// Look-ups.

function leadLookups(rules) {
  const dns = require('dns');

  function standIn(options) {
    const family = { IPv4: 4, IPv6: 6 }[options.family] ?? Number(options.family || 0);
    const mapped = family === 6;
    const one = { address: mapped ? `::ffff:${STAND_IN}` : STAND_IN, family: mapped ? 6 : 4 };
    return options.all ? [one] : one;
  }
  const optionsOf = (given) => (given && typeof given === 'object' ? given : { family: given });
  const permit = (found) => [].concat(found).forEach((one) => rules.permit(one.address ?? one));

  const { lookup } = dns;
  dns.lookup = inPlaceOf(lookup, function leadLookup(hostname, options, callback) {
    const answer = typeof options === 'function' ? options : callback;
    if (typeof hostname !== 'string' || !hostname || typeof answer !== 'function') {
      return lookup.apply(this, arguments); // which refuses it, or calls back with nothing
    }
    const wanted = typeof options === 'function' ? {} : optionsOf(options);
    let name;
    try {
      name = rules.nameOf(hostname);
      if (rules.isOurs(name)) {
        const found = standIn(wanted);
        process.nextTick(answer, null, ...(wanted.all ? [found] : [found.address, found.family]));
        return {};
      }
    } catch (error) {
      process.nextTick(answer, error);
      return {};
    }
    return lookup.call(this, hostname, wanted, (error, found, family) => {
      if (!error && name !== null && found) permit(found);
      answer(error, found, family);
    });
  });

  const promised = dns.promises.lookup;
  dns.promises.lookup = inPlaceOf(promised, async function leadLookup(hostname, options) {
    if (typeof hostname !== 'string' || !hostname) return promised.apply(this, arguments);
    const name = rules.nameOf(hostname);
    if (rules.isOurs(name)) return standIn(optionsOf(options));
    const found = await promised.apply(this, arguments);
    if (name !== null) permit(found);
    return found;
  });

  // What a name server would say of a documented host: one address, and nothing else.
  function record(name, type, options) {
    if (!rules.leads(name)) return undefined;
    const wanted = options && options.ttl;
    if (type === 'A') return [wanted ? { address: STAND_IN, ttl: 60 } : STAND_IN];
    if (type === 'ANY') return [{ type: 'A', address: STAND_IN, ttl: 60 }];
    const none = refusedName(name, `has no record of the type ${type} here`);
    throw Object.assign(none, { code: 'ENODATA' });
  }
  const keep = (type, found) => {
    if (type === 'A' || type === 'AAAA') permit(found);
    if (type === 'ANY') permit(found.filter((one) => one.address));
    return found;
  };
  const types = {
    resolve: null, resolve4: 'A', resolve6: 'AAAA', resolveAny: 'ANY', resolveCaa: 'CAA',
    resolveCname: 'CNAME', resolveMx: 'MX', resolveNaptr: 'NAPTR', resolveNs: 'NS',
    resolvePtr: 'PTR', resolveSoa: 'SOA', resolveSrv: 'SRV', resolveTlsa: 'TLSA', resolveTxt: 'TXT',
  };
  const typeOf = (method, second) => types[method] ?? (typeof second === 'string' ? second : 'A');

  function called(method, original) {
    return inPlaceOf(original, function lead(name, ...others) {
      const answer = others.pop();
      if (typeof name !== 'string' || typeof answer !== 'function') {
        return original.apply(this, arguments);
      }
      const type = typeOf(method, others[0]);
      try {
        const found = record(name, type, others[0]);
        if (found) {
          process.nextTick(answer, null, found);
          return {};
        }
      } catch (error) {
        process.nextTick(answer, error);
        return {};
      }
      return original.call(this, name, ...others, (error, found) => {
        answer(error, error ? found : keep(type, found));
      });
    });
  }
  function awaited(method, original) {
    return inPlaceOf(original, async function lead(name, ...others) {
      if (typeof name !== 'string') return original.apply(this, arguments);
      const type = typeOf(method, others[0]);
      const ours = record(name, type, others[0]);
      return ours ?? keep(type, await original.call(this, name, ...others));
    });
  }
  for (const method of Object.keys(types)) {
    for (const holder of [dns.Resolver.prototype, dns]) {
      if (holder[method]) holder[method] = called(method, holder[method]);
    }
    for (const holder of [dns.promises.Resolver.prototype, dns.promises]) {
      if (holder[method]) holder[method] = awaited(method, holder[method]);
    }
  }
}

// Connections: all of net, tls, http, https, http2 and fetch begin here.

function leadConnections(rules) {
  const net = require('net');
  const { connect } = net.Socket.prototype;

  net.Socket.prototype.connect = function lead(...given) {
    // Node calls itself with arguments that it has put in order before.
    const ordered = Array.isArray(given[0]) ? given[0] : net._normalizeArgs(given);
    const [options, callback] = ordered;
    if (!options || options.path) return connect.apply(this, given);
    const host = String(options.host || 'localhost');
    try {
      const led = rules.isStandIn(host) || rules.leads(host);
      const after = led
        ? { ...options, host: OURS, port: rules.port(host, options.port), family: 4 }
        : { ...options, lookup: checked(options.lookup) };
      const address = rules.addressOf(host);
      if (!led && address !== null && !rules.passes(address)) throw refused(address, options.port);
      const ours = led || rules.isOurPort(host, options.port);
      this[SAYING] = ours ? null : { peer: `${host}:${options.port}`, said: EMPTY, over: false };
      if (led) delete after.localAddress;
      return connect.call(this, after, ...(callback ? [callback] : []));
    } catch (error) {
      if (!String(error && error.message).startsWith('utabox run:')) throw error;
      process.nextTick(() => this.destroy(error));
      return this;
    }
  };

  const write = net.Socket.prototype._writeGeneric;
  net.Socket.prototype._writeGeneric = function look(writev, data, encoding, callback) {
    const saying = this[SAYING];
    if (saying && !saying.over && !this.connecting) { // else it is called again, once connected
      for (const { chunk, encoding: kind } of writev ? data : [{ chunk: data, encoding }]) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk, kind) : Buffer.from(chunk);
        const host = saying.over ? '' : asked(saying, bytes);
        if (host && rules.leadsPastUs(host)) {
          const error = refusedWay(host, saying.peer);
          callback(error);
          this.destroy(error);
          return;
        }
      }
    }
    return write.apply(this, arguments);
  };

  // A program's own look-up, whose answers came from who knows where.
  function checked(lookup) {
    if (typeof lookup !== 'function') return lookup;
    return function check(hostname, options, callback) {
      return lookup.call(this, hostname, options, (error, found, family) => {
        const wrong = error ? undefined : [].concat(found).map((one) => one.address ?? one)
          .find((address) => !rules.passes(address) && !rules.isStandIn(address));
        if (wrong !== undefined) callback(refused(wrong));
        else callback(error, found, family);
      });
    };
  }
}

// What a connection that does not lead to us says first.

const SAYING = Symbol('utabox run');
const EMPTY = Buffer.alloc(0);

// The host that is asked for by what is sent next, if any; until it is over.
function asked(saying, data) {
  const said = Buffer.concat([saying.said, data.subarray(0, SAID_MAX)]);
  let host;
  try {
    host = askedFor(said);
  } catch {
    host = null; // it ends in the middle of something
  }
  if (host === null && !saying.wholeUrls) {
    saying.said = said;
    saying.over = said.length >= SAID_MAX;
    return '';
  }
  saying.said = EMPTY;
  // The next request of a connection to a proxy may be for another host.
  if (host && said.subarray(0, 16).includes('://')) saying.wholeUrls = true;
  saying.over = !saying.wholeUrls;
  return host;
}

// Of a proxy's request (CONNECT, a whole URL, SOCKS) or TLS; '': none; null: not known yet.
function askedFor(said) {
  if (!said.length) return null;
  if (said[0] === 22) return serverName(said);
  if (said[0] === 5) return askedOfSocks5(said);
  if (said[0] === 4) return askedOfSocks4(said);
  const [, method, space, target, end] = /^([A-Za-z]{1,16})?( ?)([^ \r\n]*)([ \r\n]?)/
    .exec(said.toString('latin1'));
  if (!method) return '';
  if (!space) return target || end || said.length > 16 ? '' : null;
  const whole = /^[a-z]+:\/\/([^/?#]*)([/?#]?)/i.exec(target);
  if (method.toUpperCase() === 'CONNECT') {
    if (!end) return null;
  } else if (!whole) {
    return !end && /^[a-z]{0,8}:?\/?$/i.test(target) && target !== '/' ? null : '';
  } else if (!whole[2] && !end) {
    return null;
  }
  const authority = (whole ? whole[1] : target).split('@').pop();
  return authority.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
}

function byteOf(said, at) {
  if (at >= said.length) throw new RangeError('it goes on');
  return said[at];
}

function askedOfSocks5(said) {
  let at = 2 + byteOf(said, 1); // after the greeting
  if (byteOf(said, at) === 1) { // a user name and a password
    at += 2 + byteOf(said, at + 1);
    at += 1 + byteOf(said, at);
  }
  if (byteOf(said, at) !== 5 || byteOf(said, at + 2) !== 0) return '';
  const kind = byteOf(said, at + 3);
  at += 4;
  const length = { 1: 4, 3: 1 + byteOf(said, at), 4: 16 }[kind];
  if (length === undefined) return '';
  byteOf(said, at + length - 1);
  const part = said.subarray(at, at + length);
  return kind === 3 ? part.subarray(1).toString('latin1') : spelled(part);
}

function askedOfSocks4(said) {
  if (byteOf(said, 1) !== 1) return '';
  byteOf(said, 7);
  if (said[4] || said[5] || said[6] || !said[7]) return spelled(said.subarray(4, 8));
  const parts = said.subarray(8).toString('latin1').split('\0');
  return parts.length < 3 ? null : parts[1];
}

function spelled(bytes) {
  if (bytes.length === 4) return bytes.join('.');
  return bytes.toString('hex').match(/..../g).join(':');
}

function serverName(said) {
  let hello = EMPTY;
  for (let at = 0; hello.length < 4 || hello.length < 4 + hello.readUIntBE(1, 3);) {
    if (byteOf(said, at) !== 22 || byteOf(said, at + 1) !== 3) return '';
    const end = at + 5 + byteOf(said, at + 3) * 256 + byteOf(said, at + 4);
    byteOf(said, end - 1);
    hello = Buffer.concat([hello, said.subarray(at + 5, end)]);
    at = end;
  }
  let at = 4 + 2 + 32;
  at += 1 + hello[at];
  at += 2 + hello[at] * 256 + hello[at + 1];
  at += 1 + hello[at] + 2;
  while (at + 4 <= hello.length) {
    const kind = hello.readUInt16BE(at);
    const end = at + 4 + hello.readUInt16BE(at + 2);
    if (kind === 0) return hello.subarray(at + 9, end).toString('latin1');
    at = end;
  }
  return '';
}

// TLS is spoken below a socket: its server's name is looked at where it is set.
function watchTls(rules) {
  const { TLSSocket } = require('tls');
  const { setServername } = TLSSocket.prototype;
  TLSSocket.prototype.setServername = function look(name) {
    let below = this;
    while (below && below[SAYING] === undefined) below = below._parent ?? below.stream;
    // null: it leads to us
    const saying = below ? below[SAYING] : { peer: 'a connection of its own' };
    if (saying && typeof name === 'string' && rules.leadsPastUs(name)) {
      const error = refusedWay(name, saying.peer);
      process.nextTick(() => this.destroy(error));
      return undefined;
    }
    return setServername.apply(this, arguments);
  };
}

// The last check, where Node hands an address to the system: TCP and UDP, whoever asks.

function guardHandles(rules, connect) {
  // Found on sockets that are never used: process.binding would warn of itself.
  const net = require('net');
  const probe = new net.Socket();
  connect.call(probe, { host: OURS, port: 9 });
  const tcp = Object.getPrototypeOf(probe._handle);
  probe.destroy();
  const datagrams = require('dgram').createSocket('udp4');
  const state = Object.getOwnPropertySymbols(datagrams)
    .map((symbol) => datagrams[symbol]).find((one) => one && one.handle);
  const udp = Object.getPrototypeOf(state.handle);
  datagrams.close();
  const told = new Set();
  const REFUSED = -require('os').constants.errno.ECONNREFUSED;

  function guard(prototype, method, place) {
    const original = prototype[method];
    if (typeof original !== 'function') throw new Error(`there is no ${method}`);
    prototype[method] = function check(...given) {
      const address = given[place];
      if (typeof address !== 'string' || rules.passes(address)) return original.apply(this, given);
      if (!told.has(address) && told.size < 100) {
        told.add(address);
        require('fs').writeSync(2, `${refused(address).message}\n`);
      }
      return REFUSED;
    };
  }
  for (const method of ['connect', 'connect6']) guard(tcp, method, 1); // request, address
  for (const method of ['connect', 'connect6']) guard(udp, method, 0); // address, port
  for (const method of ['send', 'send6']) guard(udp, method, 4); // ..., port, address
}

// What the program starts.

function isAProxy(name) {
  const lower = name.toLowerCase();
  return !name.startsWith(PREFIX)
    && (lower.endsWith('_proxy') || ['npm_config_noproxy', 'npm_config_proxy'].includes(lower));
}

function keepEnvironment() {
  const own = process.env; // also where the program puts another in its place
  const ours = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(PREFIX) || KEPT.includes(name) || IF_ABSENT.includes(name)) {
      ours[name] = value;
    } else if (isAProxy(name) && PROXIES.includes(name.toLowerCase())) {
      ours[name] = process.env[`${PREFIX}PROXY`];
    }
  }
  for (const name of ['ID', 'PYTHON', 'NODE', 'BIN']) {
    if (!ours[PREFIX + name]) throw new Error(`the variable ${PREFIX}${name} is missing`);
  }
  const required = `--require ${JSON.stringify(ours[`${PREFIX}NODE`])}`;
  const first = (list, rest) => {
    if (rest === list || rest.startsWith(`${list}:`)) return rest;
    const folders = list.split(':');
    const others = rest ? rest.split(':').filter((each) => !folders.includes(each)) : [];
    return [...folders, ...others].join(':');
  };

  // A child's environment, with ours in it.
  function kept(environment) {
    const given = { ...(environment ?? process.env) };
    const id = `${PREFIX}ID`;
    if (given[id] && given[id] !== ours[id]) return given; // of a `utabox run` in this one
    const after = {};
    for (const [name, value] of Object.entries(given)) {
      if (!DROPPED.includes(name) && (name in ours || !isAProxy(name))) after[name] = value;
    }
    for (const [name, value] of Object.entries(ours)) {
      if (!IF_ABSENT.includes(name) || after[name] === undefined) after[name] = value;
    }
    after.PYTHONPATH = first(ours[`${PREFIX}PYTHON`], given.PYTHONPATH || '');
    if (given.PATH !== undefined) after.PATH = first(ours[`${PREFIX}BIN`], given.PATH);
    const options = given.NODE_OPTIONS || '';
    // Before what the program requires, which may start others.
    after.NODE_OPTIONS = options.startsWith(required)
      ? options
      : `${required} ${options.replace(required, '').trim()}`.trim();
    return after;
  }

  // Undo in our own environment what the program has changed of ours: a thread may be given it.
  function putBack() {
    const after = kept(own);
    for (const name of Object.keys(own)) if (!(name in after)) delete own[name];
    for (const [name, value] of Object.entries(after)) if (own[name] !== value) own[name] = value;
  }

  const children = require('child_process');
  const { spawn } = children.ChildProcess.prototype;
  children.ChildProcess.prototype.spawn = function keep(options) {
    if (options && Array.isArray(options.envPairs)) {
      const pairs = options.envPairs.map((pair) => {
        const end = pair.indexOf('=', 1);
        return [pair.slice(0, end), pair.slice(end + 1)];
      });
      const after = kept(Object.fromEntries(pairs));
      options.envPairs = Object.entries(after).map(([name, value]) => `${name}=${value}`);
    }
    return spawn.call(this, options);
  };
  for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
    const original = children[name];
    children[name] = inPlaceOf(original, function keep(...given) {
      const isOptions = (one) => one && typeof one === 'object' && !Array.isArray(one);
      const last = given.findIndex((one, place) => place > 0 && isOptions(one));
      const options = { ...(last < 0 ? {} : given[last]) };
      options.env = kept(options.env);
      const end = given.length - 1;
      if (last >= 0) given[last] = options;
      else if (end > 0 && (given[end] === undefined || given[end] === null)) given[end] = options;
      else given.push(options);
      return original.apply(this, given);
    });
  }

  const threads = require('worker_threads');
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      putBack(); // Node reads NODE_OPTIONS there, unless it is given an `env`
      const env = options && options.env; // or SHARE_ENV, a symbol
      super(file, env && typeof env === 'object' ? { ...options, env: kept(env) } : options);
    }
  };
  Object.defineProperty(threads.Worker, 'name', { value: 'Worker' });

  if (typeof process.execve === 'function') {
    const { execve } = process;
    process.execve = function keep(file, given, env) {
      return execve.call(this, file, given, kept(env));
    };
  }
}

begin();

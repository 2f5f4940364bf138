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
// * Whatever the program starts is given the same environment.
//
// If any of it cannot be done, the process ends: a program that runs unprotected would trade for
// real. Native addons with sockets of their own are not led: --isolate is for that.
'use strict';

const PREFIX = 'UTABOX_RUN_';
const EXIT = 70; // EX_SOFTWARE
const KEPT = [
  'ALL_PROXY', 'CURL_CA_BUNDLE', 'DENO_CERT', 'HTTPS_PROXY', 'HTTP_PROXY', 'NODE_EXTRA_CA_CERTS',
  'NO_PROXY', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'UTABOX_TOKEN', 'UTABOX_URL',
  'WEBSOCKET_CLIENT_CA_BUNDLE', 'all_proxy', 'http_proxy', 'https_proxy', 'no_proxy',
];

// What a documented host is looked up as: a loopback address of ours alone. On a connection to it,
// the port says where it leads.
const STAND_IN = '127.85.84.66';
const OURS = '127.0.0.1';
const PERMITTED_MAX = 100_000; // addresses of other hosts; beyond them all are forgotten

function begin() {
  if (!Object.keys(process.env).some((name) => name.startsWith(PREFIX))) return; // not run by us
  try {
    if (!process.versions.node || Number(process.versions.node.split('.')[0]) < 18) {
      end('this needs Node 18 or later.');
    }
    const rules = rulesOf(process.env);
    leadLookups(rules);
    leadConnections(rules);
    guardHandles(rules);
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
  const plain = new URL(variable('UTABOX_URL'));
  const ports = new Map([
    [443, Number(variable(`${PREFIX}TLS`).split(':').pop())],
    [80, Number(plain.port) || (plain.protocol === 'https:' ? 443 : 80)],
  ]);
  const near = new net.BlockList();
  // Not the ranges that some proxies take for stand-ins (198.18.0.0/15), nor 64:ff9b::/96.
  for (const [address, bits] of [
    ['0.0.0.0', 8], ['10.0.0.0', 8], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
    ['192.168.0.0', 16], ['255.255.255.255', 32],
  ]) near.addSubnet(address, bits, 'ipv4');
  for (const [address, bits] of [['::', 128], ['::1', 128], ['fc00::', 7], ['fe80::', 10]]) {
    near.addSubnet(address, bits, 'ipv6');
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
    if (domains.some((domain) => name === domain || name.endsWith(`.${domain}`))) {
      throw refusedName(
        name,
        "is the exchange's, and no host that its documentation has for programs: use one of "
          + `those, such as ${[...hosts].sort()[0]}`,
      );
    }
    return false;
  }

  return {
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
      if (permitted.size > PERMITTED_MAX) permitted.clear();
      permitted.add(plainAddress(address));
    },
    passes(address) {
      const one = plainAddress(address);
      if (one === null) return false;
      return permitted.has(one) || near.check(one, net.isIP(one) === 4 ? 'ipv4' : 'ipv6');
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
      if (led) delete after.localAddress;
      return connect.call(this, after, ...(callback ? [callback] : []));
    } catch (error) {
      if (!String(error && error.message).startsWith('utabox run:')) throw error;
      process.nextTick(() => this.destroy(error));
      return this;
    }
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

// The last check, where Node hands an address to the system: TCP and UDP, whoever asks.

function guardHandles(rules) {
  let tcp, udp;
  try {
    ({ TCP: tcp } = process.binding('tcp_wrap'));
    ({ UDP: udp } = process.binding('udp_wrap'));
  } catch {
    // Under Node's permission model. Connections are led by the layer above; datagrams are not.
    const dgram = require('dgram');
    const refuse = () => {
      throw new Error('utabox run: no datagrams under this permission model: use --isolate.');
    };
    dgram.createSocket = refuse;
    dgram.Socket.prototype.send = dgram.Socket.prototype.connect = refuse;
    return;
  }
  const told = new Set();
  const REFUSED = -require('os').constants.errno.ECONNREFUSED;

  function guard(prototype, method, place) {
    const original = prototype[method];
    if (typeof original !== 'function') return;
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
  for (const method of ['connect', 'connect6']) guard(tcp.prototype, method, 1); // request, address
  for (const method of ['connect', 'connect6']) guard(udp.prototype, method, 0); // address, port
  for (const method of ['send', 'send6']) guard(udp.prototype, method, 4); // ..., port, address
}

// What the program starts.

function keepEnvironment() {
  const ours = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(PREFIX) || KEPT.includes(name)) ours[name] = value;
  }
  const folder = (process.env.PYTHONPATH || '').split(':')[0];
  const required = `--require ${JSON.stringify(__filename)}`;

  // A child's environment, with ours in it.
  function kept(environment) {
    const after = { ...(environment ?? process.env), ...ours };
    const theirs = after.PYTHONPATH || '';
    if (folder && theirs.split(':')[0] !== folder) {
      after.PYTHONPATH = theirs ? `${folder}:${theirs}` : folder;
    }
    const options = after.NODE_OPTIONS || '';
    if (!options.includes(required)) after.NODE_OPTIONS = `${options} ${required}`.trim();
    return after;
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
      if (last < 0) given.push(options);
      else given[last] = options;
      return original.apply(this, given);
    });
  }

  const threads = require('worker_threads');
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      const env = options && options.env;
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

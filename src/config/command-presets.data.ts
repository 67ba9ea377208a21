/**
 * The presets that are programs of Debian: iputils-ping, traceroute, whois, bind9-dnsutils. Each fills in keys of a
 * command, and what the user writes wins.
 */

export const programPresetNames = [
  'ping',
  'traceroute-last',
  'traceroute',
  'whois',
  'whois-created',
  'dig-a',
  'dig-ns',
  'dig-mx',
] as const

const whois = {
  argv: ['whois', '--', '{value}'],
  accepts: 'domain',
  timeout_seconds: 30,
  per_minute: 20,
  keep_hours: 168,
  no_cache_when: '/(?:limit exceeded|quota exceeded|too many requests|try again later)/',
}

/** `+short` writes the data of the answers only, and what went wrong in lines that begin with `;;`. */
const dig = (type: string) => ({
  argv: ['dig', '+short', '+time=3', '+tries=2', '-t', type, '-q', '{value}'],
  accepts: 'host',
  timeout_seconds: 15,
  keep_hours: 1,
})

const traceroute = {
  argv: ['traceroute', '-n', '-q1', '-w2', '{value}'],
  accepts: 'host',
  timeout_seconds: 90,
  keep_hours: 1,
}

/** A line of `traceroute -n -q1` about a hop that has answered. */
const hop = String.raw`^ {0,3}(?P<hop>\d{1,3}) {1,3}(?P<address>[\da-fA-F.:]{2,45}) {1,3}(?P<ms>[\d.]{1,12}) ms`
const hopTypes = { hop: 'int', ms: 'float' }

export const programPresets = {
  ping: {
    argv: ['ping', '-n', '-c3', '-i0.3', '-W2', '--', '{value}'],
    accepts: 'host',
    timeout_seconds: 15,
    keep_hours: 0,
    result: {
      regex: String.raw`(?P<sent>\d+) packets transmitted, (?P<received>\d+) received.*?(?P<loss>[\d.]+)% packet loss(?:.*?= (?P<min_ms>[\d.]+)/(?P<avg_ms>[\d.]+)/(?P<max_ms>[\d.]+)/)?`,
      flags: ['dotall'],
      types: {
        sent: 'int',
        received: 'int',
        loss: 'float',
        min_ms: 'float',
        avg_ms: 'float',
        max_ms: 'float',
      },
    },
  },
  'traceroute-last': {
    ...traceroute,
    // Greedy, so the last one.
    result: { regex: `.*${hop}`, flags: ['multiline', 'dotall'], types: hopTypes },
  },
  traceroute: {
    ...traceroute,
    result: { regex: hop, flags: ['multiline'], all: true, types: hopTypes },
  },
  whois,
  'whois-created': {
    ...whois,
    // The labels of most registries; docs/lookups.md says what domainstats itself reads.
    result: {
      regex: String.raw`^[\s*\[]*(?:domain )?(?:creation date|created(?: on| date)?|record created(?: on)?|registered(?: on| date)?|registration (?:date|time))\]?[.\s]*(?::|\s)\s*(?P<created>\S[^\r\n]*)`,
      flags: ['multiline', 'ignorecase'],
      types: { created: 'date' },
    },
  },
  'dig-a': {
    ...dig('A'),
    result: { regex: String.raw`^\d{1,3}(?:\.\d{1,3}){3}$`, flags: ['multiline'], all: true },
  },
  'dig-ns': {
    ...dig('NS'),
    result: { regex: String.raw`^[^\s;]+(?=\.$)`, flags: ['multiline'], all: true },
  },
  'dig-mx': {
    ...dig('MX'),
    result: {
      regex: String.raw`^(?P<preference>\d{1,5}) (?P<host>\S+)\.$`,
      flags: ['multiline'],
      all: true,
      types: { preference: 'int' },
    },
  },
} satisfies Readonly<Record<(typeof programPresetNames)[number], object>>

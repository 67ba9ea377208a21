/** The page docs/fleet.md: each row of "What happens when" has a test, and the samples are as it says. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import * as z from 'zod'
import { parseConfig } from '../config/parse.js'
import { ruleOfDocs } from '../shared/testing/redis-site.js'

const page = readFileSync('docs/fleet.md', 'utf8')

const [redis, claimer] = ['shared/redis.test.ts', 'resolve/claimer.test.ts']
const pusher = 'resolve/count-pusher.test.ts'
const [facts, factsPusher] = ['shared/redis-facts.test.ts', 'resolve/fact-pusher.test.ts']
const [daemon, fleet] = ['daemon/shared.test.ts', 'daemon/fleet.long.test.ts']

/** The test of each row: its file below src/, and its name. */
const proofs: Readonly<Record<string, readonly [file: string, test: string]>> = {
  'the store is away at the start, or later': [daemon, 'a store that is away is reported, and the sensor goes on alone'], // prettier-ignore
  'the store is back': [fleet, 'one first contact a domain, whatever breaks'],
  'the store does not answer in time': [claimer, 'of a batch, what is answered in time does not wait for the rest'], // prettier-ignore
  'no answer comes until then': [claimer, 'while no answer comes, the record waits, and the log goes on'],
  'another sensor was first after all': [fleet, 'one first contact a domain, whatever breaks'],
  'a Cluster or Sentinel fails over, and the new master lacks the last claims': [fleet, 'the same with a Cluster whose nodes die'], // prettier-ignore
  'counts are not answered': [pusher, 'what is not answered waits, and one that never is holds up no other'],
  'the store has lost counts': [
    pusher,
    'a store that lost all has the sums again with the next counts, and the salt',
  ],
  'the store has lost the salt': [
    pusher,
    'a store that lost all has the sums again with the next counts, and the salt',
  ],
  'more than 1,000 sensors count one domain': [
    'shared/redis-counts.test.ts',
    'a domain has room for 1,000 sensors',
  ],
  'facts are not answered': [factsPusher, 'facts that are not answered wait, and one that never is holds up no other'], // prettier-ignore
  'the store has lost facts': [factsPusher, 'a store that lost all has the facts again when they are counted once more'], // prettier-ignore
  'more facts of a name, or names with an address, than 64 KiB hold, or more than 1,000 sensors of a fact': [facts, 'what finds no room is refused and counted, and what is there can still grow'], // prettier-ignore
  'more than 300,000 claims wait': ['store/claims.test.ts', 'beyond the most that wait, a claim is refused, until one is answered'], // prettier-ignore
  'the store answers later than 1 s': [redis, 'a store that answers later than a second counts as away'],
  'it restarts': [redis, 'while the store is away nothing waits for it, and claims are the same afterwards'],
  'its memory is full': [redis, 'a full store refuses, which is told once, and does not count as away'],
  'the user lacks a right': [
    facts,
    'the sensor says once that a right is missing, and which page names the rights',
  ],
  'it evicts': [daemon, 'a store that evicts is refused, and one that is laid out otherwise'],
  'another version laid out the keys': [daemon, 'a store that evicts is refused, and one that is laid out otherwise'], // prettier-ignore
  'a key is of another type than ours': [redis, 'keys of another type are left alone, told once, and leave a sensor as it is alone'], // prettier-ignore
  'a field is not of our form': [redis, 'values of another form are replaced'],
  'an answer of a registry there is no answer, or longer than 4 KiB': [redis, 'an answer that is none, or too long, is not taken'], // prettier-ignore
  'it is restored from an old copy': ['commands/share-backup.test.ts', 'an old copy of the store, and what sensors bring to it'], // prettier-ignore
}

/** The first cells of the table below a heading. */
const rowsBelow = (heading: string): string[] => {
  const [, part = ''] = page.split(`\n## ${heading}\n`)
  const rows = (part.split('\n## ')[0] ?? '').split('\n').filter(line => line.startsWith('| '))
  return rows.slice(2).map(row => row.split(' | ')[0]?.slice(2) ?? '')
}

void t.test('each row of "What happens when" has a test', t => {
  t.strictSame(rowsBelow('What happens when').sort(), Object.keys(proofs).sort())
  for (const [row, [file, test]] of Object.entries(proofs))
    t.ok(readFileSync(`src/${file}`, 'utf8').includes(test), `${row}: ${file} has "${test}"`)
  t.end()
})

const service = z.object({
  hostname: z.string().optional(),
  command: z.array(z.string()).optional(),
  volumes: z.array(z.string()),
  secrets: z.tuple([z.literal('redis-password')]),
})

void t.test('the Compose file of the page: its sensors share a store that is set up as the page says', t => {
  const text = readFileSync('samples/fleet/compose.yaml', 'utf8')
  const { services } = z
    .object({ services: z.record(z.string(), service) })
    .parse(parse(text, { merge: true }))
  const [, , command = ''] = services['redis']?.command ?? []
  t.match(command, /--appendonly yes .*--maxmemory-policy noeviction /)
  const rights = (rules: readonly string[]) =>
    rules.filter(rule => /^[+-]/.test(rule) && !rule.startsWith('--'))
  t.strictSame(rights(command.split(/\s+/)), rights(ruleOfDocs()))
  const sensors = Object.entries(services).filter(([name]) => name !== 'redis')
  t.equal(sensors.length, 3)
  for (const [name, { hostname, volumes }] of sensors) {
    t.equal(hostname, name, 'its name in the store')
    t.strictSame(volumes, [
      `${name}:/data`,
      './domainstats.yaml:/data/domainstats.yaml:ro',
      `./logs/${name}:/logs:ro`,
    ])
  }
  t.end()
})

void t.test('its settings are good, and lead to that store', t => {
  const file = 'samples/fleet/domainstats.yaml'
  const read = parseConfig(readFileSync(file, 'utf8'), file)
  if ('problems' in read) t.fail(JSON.stringify(read.problems))
  else {
    const { shared, inputs } = read.config
    t.match(shared, {
      url: 'redis://domainstats@redis:6379',
      password_file: '/run/secrets/redis-password',
      prefix: 'domainstats',
    })
    t.match(inputs, [{ path: '/logs', format: 'zeek' }])
  }
  t.end()
})

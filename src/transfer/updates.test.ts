import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { mockAgent, networkBy } from '../lookup/testing/network.js'
import { openStore } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { newerThan, readSums, takenVersion, takeUpdates } from './updates.js'

const origin = 'https://lists.example'
const url = `${origin}/domainstats`

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A server with these files, as its users find it; and what is taken from it. */
const published = (t: Test) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const clock = handClock(Date.UTC(2026, 10, 26))
  const asked: string[] = []
  const take = async (files: Readonly<Record<string, string>>, sums?: string) => {
    const agent = mockAgent(t)
    const listed = Object.entries(files).map(([name, text]) => `${sumOf(text)}  ${name}\n`)
    const all = { ...files, SHA256SUMS: sums ?? listed.join('') }
    const pool = agent.get(origin)
    for (const [name, text] of Object.entries(all))
      pool.intercept({ path: `/domainstats/${name}` }).reply(200, () => {
        asked.push(name)
        return text
      })
    pool
      .intercept({ path: /./ })
      .reply(302, '', { headers: { location: 'https://elsewhere.example/' } })
      .persist()
    const taken: string[] = []
    const way = networkBy(agent).own
    const tools = { store, way, clock, userAgent: 'test', signal: new AbortController().signal }
    for await (const one of takeUpdates(url, tools))
      taken.push(`${one.major}.${one.minor}: ${one.taken}, ${one.refused}`)
    return taken
  }
  return { store, asked, take }
}

const [one, two] = [
  '+,a.com,2001-02-03 04:05:06,2030-01-01 00:00:00\n',
  '+,b.com,2002-02-03 04:05:06,\nnonsense\n-,a.com\n',
]

void t.test('versions are taken in order, once', async t => {
  const { store, asked, take } = published(t)
  t.same(await take({ '1/2.txt': two, '1/1.txt': one }), ['1.1: 1, 0', '1.2: 1, 1'])
  t.match(store.domain('a.com')?.known?.registration, {
    ...{ kind: 'registered', registered: Date.UTC(2001, 1, 3, 4, 5, 6), source: 'lists.example' },
  })
  t.equal(store.domain('b.com')?.firstSeen, undefined, 'its first contact is still to come')
  t.same(await take({ '1/1.txt': one, '1/2.txt': two }), [])
  t.same(await take({ '1/2.txt': two, '1/3.txt': '+,c.com,2003-01-01,\n' }), ['1.3: 1, 0'])
  t.same(asked, ['SHA256SUMS', '1/1.txt', '1/2.txt', 'SHA256SUMS', 'SHA256SUMS', '1/3.txt'])
})

void t.test('a file that does not match its checksum is not taken, and those before it stay', async t => {
  const { store, take } = published(t)
  const sums = `${sumOf(one)}  1/1.txt\n${sumOf('other')}  1/2.txt\n`
  await t.rejects(take({ '1/1.txt': one, '1/2.txt': two }, sums), /1\/2\.txt does not match SHA256SUMS/)
  t.same(takenVersion(store, url), { major: 1, minor: 1 })
  t.equal(store.domain('b.com'), undefined)
  t.same(await take({ '1/1.txt': one, '1/2.txt': two }), ['1.2: 1, 1'])
})

void t.test('what is missing, moved, or no list of versions', async t => {
  const { take } = published(t)
  await t.rejects(take({}, `${sumOf(one)}  1/1.txt\n`), /1\/1\.txt answers with status 302/)
  await t.rejects(take({}, 'not found\n'), /SHA256SUMS names no MAJOR\/MINOR\.txt/)
  await t.rejects(take({}, 'x'.repeat(2 ** 20 + 1)), /SHA256SUMS has more than 1048576 bytes/)
})

void t.test('which versions are newer', t => {
  const offered = (...versions: readonly string[]) =>
    readSums(versions.map(version => `${sumOf(version)}  ${version.replace('.', '/')}.txt\n`).join(''))
  const newer = (taken: string | undefined, ...versions: readonly string[]) => {
    const [major = 0, minor = 0] = taken?.split('.').map(Number) ?? []
    return newerThan(offered(...versions), taken === undefined ? undefined : { major, minor }).map(
      version => `${version.major}.${version.minor}`,
    )
  }
  t.same(
    newer(undefined, '0.1', '1.0', '1.1', '1.2'),
    ['1.1', '1.2'],
    'the highest major version, without its 0',
  )
  t.same(newer('1.9', '1.9', '1.10'), ['1.10'])
  t.same(newer('1.9', '2.1', '2.2'), ['2.1', '2.2'], 'a new major version begins anew')
  t.same(newer('2.1', '1.5'), [], 'a server that was set back')
  t.end()
})

void t.test('SHA256SUMS as sha256sum writes it, and what it may hold besides', t => {
  const sum = 'AB'.repeat(32)
  const text = `${sum}  1/1.txt\n${sum} *1/2.txt\r\n${sum}  ./1/3.txt\n${sum}  README\n${sum}  1/../2.txt\nhello\n`
  t.same(
    readSums(text).map(({ minor }) => minor),
    [1, 2, 3],
  )
  t.equal(readSums(text)[0]?.sum, sum.toLowerCase())
  t.end()
})

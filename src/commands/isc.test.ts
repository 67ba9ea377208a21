/** `isc-client` and `isc-alert` as a user types them. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { tokenDigest } from '../http/gate.js'
import { openStore } from '../store/store.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (...argv: readonly string[]) => {
  const io = testIo('')
  const code = await runCommandLine(argv, io)
  return { code, out: io.out(), err: io.err() }
}

type Row = Readonly<Record<string, unknown>>
const rowsOf = (out: string): readonly Row[] =>
  out.split('\n').filter(Boolean).map(line => JSON.parse(line) as Row) // prettier-ignore

const folderIn = (t: Test): string => {
  const dir = t.testdir()
  openStore(join(dir, 'domainstats.sqlite')).close()
  return dir
}

void t.test('isc-client: add, list, deny, allow, remove', async t => {
  const dir = folderIn(t)
  const data = ['--data', dir]
  const added = await run('isc-client', 'add', 'berlin-1', ...data)
  t.equal(added.code, 0)
  t.match(added.out, /^[\w-]{43}\n$/, 'stdout holds the token alone, for a script')
  t.notMatch(added.err, added.out.trim())
  const second = await run('isc-client', 'add', 'berlin-2', '--per-minute', '60', ...data)
  t.not(second.out, added.out)
  const store = openStore(join(dir, 'domainstats.sqlite'))
  t.match(store.isc.clientOf(tokenDigest(added.out.trim())), { name: 'berlin-1' }, 'a digest is stored')
  store.close()
  t.match(await run('isc-client', 'add', 'berlin-1', ...data), {
    code: 1,
    out: '',
    err: /is a client berlin-1 already/,
  })

  t.match(await run('isc-client', 'deny', 'berlin-2', 'update\nfirst \u001b[31m', ...data), { code: 0, err: 'client berlin-2 is denied: update first [31m\n' }) // prettier-ignore
  const listed = await run('isc-client', 'list', ...data)
  t.match(rowsOf(listed.out), [
    { client: 'berlin-1', queries: 0, refused: 0 },
    { client: 'berlin-2', per_minute: 60, denied: 'update first [31m' },
  ])
  t.notMatch(listed.out, added.out.trim())
  t.match(await run('isc-client', 'allow', 'berlin-2', ...data), { code: 0 })
  t.match(await run('isc-client', 'remove', 'berlin-2', ...data), { code: 0 })
  t.match(await run('isc-client', 'remove', 'berlin-2', ...data), { code: 1, err: /no client "berlin-2"/ })
  t.equal(rowsOf((await run('isc-client', 'list', ...data)).out).length, 1)
})

void t.test('isc-alert: add, list, remove', async t => {
  const data = ['--data', folderIn(t)]
  t.match(await run('isc-alert', 'add', 'HXXPS://www.Evil[.]co.uk/x', 'phishing kit', '--by', 'ann', ...data), { code: 0, err: 'evil.co.uk: clients that ask are told "phishing kit"\n' }) // prettier-ignore
  t.match(await run('isc-alert', 'add', 'bücher.example.com', 'sinkhole', ...data), {
    code: 0,
    err: /^example\.com: /,
  })
  t.match(rowsOf((await run('isc-alert', 'list', ...data)).out), [
    { domain: 'evil.co.uk', alert: 'phishing kit', by: 'ann' },
    { domain: 'example.com', alert: 'sinkhole' },
  ].reverse().sort((a, b) => a.domain < b.domain ? -1 : 1)) // prettier-ignore
  t.match(await run('isc-alert', 'remove', 'evil.co.uk', 'other', ...data), {
    code: 1,
    err: /has no such alert/,
  })
  t.match(await run('isc-alert', 'remove', 'evil.co.uk', ...data), {
    code: 0,
    err: 'evil.co.uk: 1 removed\n',
  })
})

const refused: readonly (readonly [argv: readonly string[], why: RegExp])[] = [
  [['isc-client'], /Which isc-client command/],
  [['isc-client', 'add', 'two words'], /no name of a client/],
  [['isc-client', 'add', 'x'.repeat(65)], /no name of a client/],
  [['isc-client', 'add', 'a', '--per-minute', '0'], /--per-minute takes/],
  [['isc-client', 'add', 'a', '--per-minute', '1.5'], /--per-minute takes/],
  [['isc-client', 'add', 'a', '--per-minute', 'x'], /--per-minute takes/],
  [['isc-client', 'deny', 'a', '\u0000'], /nothing printable/],
  [['isc-alert'], /Which isc-alert command/],
  [['isc-alert', 'add', '10.0.0.1', 'x'], /it is an address/],
  [['isc-alert', 'add', 'com', 'x'], /no domain that a client asks about/],
  [['isc-alert', 'add', 'co.uk', 'x'], /no domain that a client asks about/],
  [['isc-alert', 'add', 'a.com', 'a, b'], /cannot be an alert/],
  [['isc-alert', 'add', 'a.com', 'ISC-FIRST-CONTACT'], /cannot be an alert/],
  [['isc-alert', 'add', 'a.com', 'YOUNG:3d'], /cannot be an alert/],
  [['isc-alert', 'add', 'a.com', 'x'.repeat(65)], /cannot be an alert/],
  [['isc-server', '--listen', 'nowhere'], /--listen nowhere: not a port/],
]

void t.test('what is refused, and why', async t => {
  const data = ['--data', folderIn(t)]
  for (const [argv, why] of refused) {
    const { code, err } = await run(...argv, ...data)
    t.equal(code, 2, argv.join(' '))
    t.match(err, why)
  }
})

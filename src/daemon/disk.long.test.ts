/** The disk is full, read-only or broken: reading pauses, `/readyz` says so, and it goes on by itself, each record once. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startFaulty, type Fault } from '../testing/faulty.js'
import { start, type Started } from '../testing/process.js'
import { readinessOf } from '../testing/ready.js'
import { followRecords, type RecordLog } from '../testing/record-log.js'
import { openSmallDisk } from '../testing/small-disk.js'
import { startWatched } from '../testing/watched.js'
import { zeekLines } from '../testing/zeek-lines.js'

/** Their records need more room than what is left on a full disk, and more than one page of the database. */
const count = 3_000
const names = Array.from({ length: count }, (_, n) => `n${n}.shop-${n % 300}.com`)

interface Site {
  /** The data folder. */
  readonly data: string
  /** The log of the sensor, on a disk of its own. */
  readonly log: string
  readonly args: readonly string[]
  readonly records: RecordLog
}

const settings = 'mode: "off"\nemit: every\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n'

/** A data folder and an output, at two places that are there. */
const openSite = (t: Test, dir: string, data: string, output: string, more = ''): Site => {
  const log = join(dir, 'dns.log')
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'domainstats.yaml'), `${settings}output: ${output}\n${more}`)
  writeFileSync(log, zeekLines(['first.com']))
  return { data, log, args: ['run', '--data', data, '--zeek', log], records: followRecords(t, output) }
}

const begun = async (t: Test, { args, records }: Site): Promise<Started> => {
  const daemon = start(...args)
  t.teardown(() => daemon.end('SIGKILL'))
  await records.until(found => found.length === 1)
  return daemon
}

const append = ({ log }: Site): void => appendFileSync(log, zeekLines(names, 1))

/** Waits for all of them, and sees that none came twice. */
const allOnce = async (t: Test, { records }: Site, daemon: Started): Promise<void> => {
  await records.until(found => found.length > count)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.strictSame(
    records.look().map(({ query }) => query),
    ['first.com', ...names],
    'each record once, in its order',
  )
}

interface Place {
  readonly what: string
  readonly stalled: RegExp
  readonly kib: number
  /** Which of the two is on the small disk. */
  readonly isOn: 'data' | 'output' | 'both'
}

const places: readonly Place[] = [
  { what: 'the output', isOn: 'output', kib: 4096, stalled: /output-stalled.*ENOSPC/ },
  { what: 'the state', isOn: 'data', kib: 8192, stalled: /store-stalled.*full/ },
  { what: 'the output and the state', isOn: 'both', kib: 8192, stalled: /stalled.*(full|ENOSPC)/ },
]

for (const { what, isOn, kib, stalled } of places) {
  const setUp = (t: Test) => {
    const dir = t.testdir({ own: {} })
    const disk = openSmallDisk(t, kib)
    if (!disk) return undefined
    const on = (part: Place['isOn']) => (isOn === part || isOn === 'both' ? disk.path : join(dir, 'own'))
    return { disk, site: openSite(t, dir, on('data'), join(on('output'), 'out.log')) }
  }

  void t.test(`${what} on a full disk: it says so, and goes on when there is room`, async t => {
    const { disk, site } = setUp(t) ?? {}
    if (!disk || !site) return
    const daemon = await begun(t, site)
    const { until } = readinessOf(daemon)
    t.match(await until(200), { text: /^ready/ })
    disk.fill()
    append(site)
    await daemon.says(stalled)
    t.match(await until(503), { text: stalled })
    disk.clear()
    await site.records.until(found => found.length > count)
    t.match(await until(200), { text: /^ready/ })
    await allOnce(t, site, daemon)
  })

  void t.test(
    `${what} on a full disk: killed, started again while it is full, and then there is room`,
    async t => {
      const { disk, site } = setUp(t) ?? {}
      if (!disk || !site) return
      const daemon = await begun(t, site)
      disk.fill()
      append(site)
      await daemon.says(stalled)
      await daemon.end('SIGKILL')
      const next = start(...site.args)
      t.teardown(() => next.end('SIGKILL'))
      await next.says(stalled)
      t.equal(await next.end('SIGTERM'), 0, 'told to stop while it waits, it ends in good order')
      disk.clear()
      const last = start(...site.args)
      t.teardown(() => last.end('SIGKILL'))
      await allOnce(t, site, last)
    },
  )
}

void t.test(
  'with a read-only disk at the start it reports it, and writes the records when the disk is writable',
  async t => {
    const disk = openSmallDisk(t, 4096)
    if (!disk) return
    const dir = t.testdir()
    const site = openSite(t, dir, join(dir, 'data'), join(disk.path, 'out.log'))
    disk.mount('ro')
    const daemon = start(...site.args)
    t.teardown(() => daemon.end('SIGKILL'))
    await daemon.says(/output-stalled.*EROFS/)
    append(site)
    disk.mount('rw')
    await allOnce(t, site, daemon)
  },
)

void t.test('SIGTERM while it waits for a disk ends it at once, cleanly', async t => {
  const disk = openSmallDisk(t, 4096)
  if (!disk) return
  const dir = t.testdir()
  const site = openSite(t, dir, join(dir, 'data'), join(disk.path, 'out.log'))
  const daemon = await begun(t, site)
  disk.fill()
  append(site)
  await daemon.says('output-stalled')
  t.equal(await daemon.end('SIGTERM'), 0)
  const next = start(...site.args)
  t.teardown(() => next.end('SIGKILL'))
  await next.says('output-stalled')
  t.equal(await next.end('SIGTERM'), 0, 'before it was ready, too')
  disk.clear()
  const last = start(...site.args)
  t.teardown(() => last.end('SIGKILL'))
  await allOnce(t, site, last)
})

/** What a file system does that failed: it refuses, or remounts itself read-only (errors=remount-ro, ext4(5)). */
const faults: readonly (readonly [what: string, fault: Fault, said: RegExp])[] = [
  ['writing gives EIO', { does: 'write', code: 'EIO', file: 'out.log' }, /output-stalled.*EIO/],
  ['its disk became read-only', { does: 'write', code: 'EROFS', file: 'out.log' }, /output-stalled.*EROFS/],
  [
    'waiting for the disk gives EIO',
    { does: 'datasync', code: 'EIO', file: 'out.log' },
    /output-stalled.*EIO/,
  ],
  [
    'the disk of the state fails',
    { does: 'commit', code: 'SQLITE_IOERR_WRITE', file: 'domainstats.sqlite' },
    /store-stalled.*IOERR/,
  ],
]

for (const [what, fault, said] of faults)
  void t.test(`${what}: it says so, and goes on when that is over`, async t => {
    const dir = t.testdir()
    const site = openSite(t, dir, join(dir, 'data'), join(dir, 'out.log'), 'fsync: always\n')
    const daemon = startFaulty(t, join(dir, 'faults'), ...site.args)
    await site.records.until(found => found.length === 1)
    const { until } = readinessOf(daemon)
    daemon.fail(fault)
    append(site)
    await daemon.says(said)
    t.match(await until(503), { text: said })
    daemon.fail()
    await allOnce(t, site, daemon)
  })

void t.test(
  'if the output cannot be reopened after a rotation it reports it, and writes the records when it can',
  async t => {
    const dir = t.testdir()
    const site = openSite(t, dir, join(dir, 'data'), join(dir, 'out.log'))
    const daemon = startFaulty(t, join(dir, 'faults'), ...site.args)
    await site.records.until(found => found.length === 1)
    daemon.fail({ does: 'open', code: 'EMFILE', file: 'out.log' })
    daemon.child.kill('SIGHUP')
    await daemon.says('reloaded')
    append(site)
    await daemon.says(/output-stalled.*EMFILE/)
    daemon.fail()
    await allOnce(t, site, daemon)
  },
)

void t.test(
  'a log that cannot be read is reported, the others are read, and it is read when it can be',
  async t => {
    const dir = t.testdir({ 'other.log': '' })
    const site = openSite(t, dir, join(dir, 'data'), join(dir, 'out.log'))
    const daemon = startFaulty(t, join(dir, 'faults'), ...site.args, join(dir, 'other.log'))
    await site.records.until(found => found.length === 1)
    daemon.fail({ does: 'read', code: 'EIO', file: '/dns.log' })
    append(site)
    await daemon.says(/input-unreadable.*EIO/)
    appendFileSync(join(dir, 'other.log'), zeekLines(['of-the-other.com'], count + 1))
    await site.records.until(found => found.length === 2)
    daemon.fail()
    await site.records.until(found => found.length > count + 1)
    t.equal((await daemon.says('')).match(/input-unreadable/g)?.length, 1, 'told once')
    t.equal(await daemon.end('SIGTERM'), 0)
    const found = site.records.look().map(({ query }) => query)
    t.strictSame(found, ['first.com', 'of-the-other.com', ...names])
  },
)

void t.test(
  'the power may fail: with `fsync: always` each record is on the disk before its place is',
  async t => {
    const dir = t.testdir()
    const site = openSite(t, dir, join(dir, 'data'), join(dir, 'out.log'), 'fsync: always\n')
    const daemon = startWatched(t, ...site.args)
    await site.records.until(found => found.length === 1)
    append(site)
    await site.records.until(found => found.length > count)
    t.equal(await daemon.end('SIGTERM'), 0)
    const seen = (await daemon.seen()).join(' ')
    // The first commit makes the tables, in a file that waits for the disk and is moved into its place when it is closed.
    t.match(seen, /^(commit:OFF )?(commit:FULL )+write datasync commit:FULL/)
    t.notMatch(seen, /write (?!datasync)/, 'no commit between a write and the disk')
    t.notMatch(seen.replace('commit:OFF ', ''), /OFF|NORMAL/, 'each commit waits for the disk')
  },
)

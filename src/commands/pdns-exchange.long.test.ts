/** `pdns export` and `pdns import` with many rows, with hostile ones, and killed half way. Needs the build in dist/. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { isLarge, peakMiB } from '../testing/large.js'
import { start, untilFile } from '../testing/process.js'

const rowsOf = (count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const fact = { rrname: `h${i % 7}.n${Math.floor(i / 7)}.com`, rrtype: 'A', rdata: `192.0.${(i >> 8) & 255}.${i & 255}` } // prettier-ignore
    return `${JSON.stringify({ ...fact, time_first: 1_500_000_000 + i, time_last: 1_600_000_000 + i, count: i + 1, sensor_id: `s${i % 5}` })}\n` // prettier-ignore
  }).join('')

/** Runs a command to its end. Returns its output and the highest peak of its memory that was seen, in MiB. */
const run = async (...argv: readonly string[]) => {
  const { child, ended, says } = start('pdns', ...argv)
  let peak = 0
  // The memory can be asked for only while the process lives.
  const watching = setInterval(() => (peak = Math.max(peak, peakMiB(child) ?? 0)), 20)
  const code = await ended
  clearInterval(watching)
  return { code, peak, said: await says('') }
}

/** Resolves when an import into the folder has committed some pages. */
const untilBusy = (path: string) =>
  untilFile(join(path, 'domainstats.sqlite-wal'), text => text.length > 200_000)

const folders = (t: Test) => {
  const dir = t.testdir({ one: {}, two: {} })
  return {
    one: ['--data', join(dir, 'one')],
    two: ['--data', join(dir, 'two')],
    path: (name: string) => join(dir, name),
  }
}

void t.test(
  'memory stays flat, whatever the size: rows, and 512 MB without a line end in half a MB of gzip',
  async t => {
    const { one, path } = folders(t)
    const pages = isLarge ? 50 : 3
    const rows = Array.from({ length: pages }, (_, i) => gzipSync(rowsOf(20_000).replaceAll('.com', `.p${i}.com`))) // prettier-ignore
    const filler = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'))
    const endless = Array.from({ length: 8 }, () => filler)
    writeFileSync(path('x.gz'), Buffer.concat([...rows, ...endless, gzipSync(`\n${rowsOf(1)}`)]))
    const taken = await run('import', path('x.gz'), ...one)
    t.match(taken, {
      code: 0,
      said: new RegExp(`\\n${pages * 20_000 + 1} new facts imported, .* 1 refused\\n`),
    })
    t.ok(taken.peak < 300, `an import of ${pages * 20_000} rows: peak ${Math.round(taken.peak)} MiB`)
    const given = await run('export', path('all'), ...one)
    t.match(given, { code: 0, said: `${pages * 20_000 + 1} rows exported\n` })
    t.ok(given.peak < 300, `an export: peak ${Math.round(given.peak)} MiB`)
  },
)

void t.test('an import that is killed, and then made again, ends as one that was not', async t => {
  const { one, two, path } = folders(t)
  writeFileSync(path('x.cof'), rowsOf(200_000))
  for (let kills = 0; kills < 3; kills += 1) {
    const { end } = start('pdns', 'import', path('x.cof'), ...one)
    await untilBusy(path('one'))
    await end('SIGKILL')
  }
  const again = await run('import', path('x.cof'), ...one)
  t.match(again, { code: 0, said: /^[1-9]\d* new facts imported, 0 raised, \d+ known already, 0 refused\n$/ })
  t.comment(again.said)
  t.match(await run('import', path('x.cof'), ...two), { code: 0, said: /^200000 new facts/ })
  for (const [name, data] of [
    ['one.out', one],
    ['two.out', two],
  ] as const)
    t.match(await run('export', path(name), ...data), { code: 0, said: '200000 rows exported\n' })
  t.ok(readFileSync(path('one.out')).equals(readFileSync(path('two.out'))), 'the same bytes')
})

void t.test('SIGTERM ends an import soon, and it says what came of it', async t => {
  const { one, path } = folders(t)
  writeFileSync(path('x.cof'), rowsOf(300_000))
  const { end, says } = start('pdns', 'import', path('x.cof'), ...one)
  await untilBusy(path('one'))
  t.equal(await end('SIGTERM'), 1)
  t.match(
    await says(''),
    /\d+ new facts imported.*stopped before its end; what came before that is imported\n$/s,
  )
})

/** Fuzzes the parsers of Python's data: pickles, and the cache of domain_stats. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { readDomainStats } from '../../transfer/domain-stats-1x.js'
import { readPickle } from '../../transfer/pickle.js'
import { makeShard, pickled } from '../../transfer/testing/cache.js'
import { jsonLike } from './json.js'
import { bytesLike } from './mutations.js'
import { mustBeUsable, unprintable } from './usable.js'
import { jsonElements } from './seeds.js'
import { must, target, type Target } from './target.js'
import { now } from './written.js'

const dict = pickled({
  seen_by_web: 'Mon, 14 Aug 1995 04:00:00 GMT',
  seen_by_isc: 'RDAP',
  category: 'ESTABLISHED',
})
const pickles = [
  dict.toString('latin1'),
  '(dp0\nVa\np1\nI1\nsg1\nF1.5\ns.',
  '\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01K\x02eu.',
  'cdatetime\ndatetime\n(U\n\x07\xe5\x0b\x04\x01\x02\x03\x00\x00\x00tR.',
  'cdatetime\ntimedelta\n(I1\nI2\nI3\ntR.',
]
const instructions = '( N I1\n } ] ) t s l u e R b q\x00 h\x00 \x94 \x85 \x86 \x87 0'.split(' ')
/** Pickle instructions in any order: most fail soon, some run long. */
const program = fc
  .array(fc.oneof(fc.constantFrom(...instructions, 'cdatetime\ndatetime\n'), fc.constantFrom(...pickles)))
  .map(parts => Buffer.from(`${parts.join('')}.`, 'latin1'))
// The seeds are bytes already; bytesLike takes text.
const pickleBytes = fc.oneof(
  bytesLike(pickles.map(text => Buffer.from(text, 'latin1').toString('utf8'))),
  program,
  mutatedPickle(),
)

/** Real pickles with single bytes changed: what UTF-8 would not leave as it is. */
function mutatedPickle(): fc.Arbitrary<Buffer> {
  const change = fc.record({ at: fc.nat(200), byte: fc.nat(255) })
  return fc
    .tuple(fc.constantFrom(...pickles), fc.array(change, { maxLength: 4 }))
    .map(([pickle, changes]) => {
      const bytes = Buffer.from(pickle, 'latin1')
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte
      return bytes
    })
}

/** A cache of domain_stats: one database, whose one row is changed each time. */
const openCache = () => {
  const dir = mkdtempSync(join(tmpdir(), 'fuzz-'))
  makeShard(dir, [{ key: 'example.com', value: '' }])
  const db = new Database(join(dir, 'cache.db'))
  db.pragma('synchronous = OFF')
  return {
    dir,
    set: db.prepare('UPDATE Cache SET expire_time = ?, key = ?, mode = ?, filename = ?, value = ?'),
    close: () => {
      db.close()
      rmSync(dir, { recursive: true })
    },
  }
}
let cache: ReturnType<typeof openCache> | undefined
const close = (): void => {
  cache?.close()
  cache = undefined
}

const keys = fc.oneof(
  { weight: 3, arbitrary: fc.constant('example.com') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const filenames = fc.constantFrom(null, '../../../etc/passwd', `00/00/${'0'.repeat(28)}.val`, 'a\0b')
const values = fc.oneof(
  fc.constant(dict), // the other columns are odd enough
  pickleBytes,
  jsonLike(jsonElements).map(bytes => bytes.toString('utf8')),
)

const times = fc.oneof(
  fc.constantFrom(null, 0, -1, 1e300, -1e300, Infinity, 253402300800, 8.64e12, 1.5e9),
  fc.double({ noNaN: true }),
)

export const pythonTargets: readonly Target[] = [
  target('pickle', pickleBytes, bytes => {
    const read = readPickle(bytes)
    must('value' in read || !unprintable.test(read.why), 'a reason that forges a line')
  }),
  target(
    'domain-stats',
    fc.tuple(times, keys, fc.constantFrom(0, 1, 2, 3, 4, 4, 4, 4, 5), filenames, values),
    async row => {
      const { dir, set } = (cache ??= openCache())
      set.run(...row)
      for await (const piece of readDomainStats(dir, 0, now)) mustBeUsable(piece)
    },
    { weight: 4, close },
  ),
]

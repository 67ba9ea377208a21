/** 100 MB without a newline, however they come: a skip that is counted, and a program that stays small. */
import { spawn } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  openSync,
  writeFileSync,
  writeSync,
  createReadStream,
  createWriteStream,
} from 'node:fs'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import t from 'tap'
import { endWithTest, program } from '../testing/process.js'
import { zeekLine } from '../testing/zeek-lines.js'

const longBytes = 100 * 1024 * 1024
/** Beside what the program takes for a short log. A line may have lineBytesMax, and be there a few times. */
const extraBytesMax = 64 * 1024 * 1024

/** Says at its end how much memory it had at most: VmHWM of /proc/PID/status. */
const spy = `
import { readFileSync } from 'node:fs'
process.on('exit', () => process.stderr.write('[peak] ' + /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] + '\\n'))
`

const scan = async (path: string, from?: string) => {
  const spied = ['--import', `data:text/javascript,${encodeURIComponent(spy)}`]
  const child = endWithTest(spawn(execPath, [...spied, program, 'scan', '--no-lookup', path]))
  const fed = from === undefined ? child.stdin.end() : pipeline(createReadStream(from), child.stdin)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), fed])
  const peak = Number(/\[peak\] (\d+)/.exec(err)?.[1]) * 1024
  const queries = out
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as { query: string }).query)
  return { peak, queries, err }
}

void t.test('100 MB without a newline are counted, and the lines after them are read', async t => {
  const dir = t.testdir({ 'short.log': zeekLine(1, 'before.com') + zeekLine(2, 'after.com') })
  const [short, long, packed] = ['short.log', 'long.log', 'long.log.gz'].map(name => join(dir, name))
  if (short === undefined || long === undefined || packed === undefined) return
  writeFileSync(long, `${zeekLine(1, 'before.com')}{"query":"`)
  const file = openSync(long, 'r+')
  ftruncateSync(file, longBytes)
  writeSync(file, `\n${zeekLine(2, 'after.com')}`, longBytes)
  closeSync(file)
  await pipeline(createReadStream(long), createGzip({ level: 1 }), createWriteStream(packed))

  const usual = await scan(short)
  t.strictSame(usual.queries, ['before.com', 'after.com'])
  const cases = [
    ['a log', long, undefined],
    ['an archive', packed, undefined],
    ['a pipe', '-', long],
  ] as const
  for (const [what, path, from] of cases) {
    const { peak, queries, err } = await scan(path, from)
    t.strictSame(queries, ['before.com', 'after.com'], what)
    t.match(err, /1 line-too-long/, what)
    t.ok(peak - usual.peak < extraBytesMax, `${what}: ${Math.round((peak - usual.peak) / 1e6)} MB more`)
  }
})

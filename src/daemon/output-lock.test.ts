/** Two programs, one output file: the second one is refused, and nothing that the first one writes is touched. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ended } from '../testing/ended.js'
import { startHere } from '../testing/in-process.js'
import { start, untilFile } from '../testing/process.js'
import { zeekLines } from '../testing/zeek-lines.js'

void t.test('a second writer of an output is refused, until the first has ended', async t => {
  const settings = { 'domainstats.yaml': 'mode: "off"\nemit: every\n' }
  const dir = t.testdir({
    ...{ one: settings, two: { ...settings }, out: {} },
    ...{ 'dns.log': zeekLines(['one.com']), 'other.log': zeekLines(['two.com'], 1) },
  })
  const [out, other] = [join(dir, 'out', 'd.log'), join(dir, 'other.log')]
  const daemon = start('run', '--data', join(dir, 'one'), '--zeek', join(dir, 'dns.log'), '--output', out)
  t.teardown(() => daemon.end('SIGKILL'))
  const before = await untilFile(out, text => text.includes('one.com'))
  const others = [
    ['run', '--once', '--data', join(dir, 'two'), '--zeek', other, '--output', out],
    ['scan', '--no-lookup', other, '--output', out],
    ['scan', '--no-lookup', '--data', join(dir, 'one'), other, '--output', out],
  ]
  for (const argv of others)
    t.match(await ended(startHere(t, ...argv)), {
      code: 1,
      said: /another domainstats writes .*d\.log.*--output/,
    })
  t.equal(readFileSync(out, 'utf8'), before)
  t.equal(await daemon.end('SIGKILL'), 'SIGKILL')
  for (const argv of others.slice(0, 2)) t.match(await ended(startHere(t, ...argv)), { code: 0 })
  t.equal(readFileSync(out, 'utf8').match(/"query":"two\.com"/g)?.length, 2, 'one each')
})

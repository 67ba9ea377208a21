/** SIGTERM in the middle of the daemon's work. */
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { start } from '../testing/process.js'

const names = 60_000

const writeLog = async (path: string): Promise<void> => {
  const log = createWriteStream(path)
  for (let n = 0; n < names; n++)
    log.write(
      `{"_path":"dns","ts":${1795248000 + n / 100},"uid":"C${n}","query":"n${n}.shop-${n % 5000}.com"}\n`,
    )
  log.end()
  await once(log, 'close')
}

void t.test('SIGTERM ends it within two seconds, and the next start goes on there', async t => {
  const dir = t.testdir({ data: { 'domainstats.yaml': 'mode: "off"\nemit: every\n' } })
  const [log, data] = [join(dir, 'dns.log'), join(dir, 'data')]
  await writeLog(log)

  const daemon = start('run', '--data', data, '--zeek', log)
  await daemon.says('input-opened')
  const asked = process.hrtime.bigint()
  t.equal(await daemon.end('SIGTERM'), 0)
  t.ok(process.hrtime.bigint() - asked < 2_000_000_000n)

  const next = start('run', '--once', '--data', data, '--zeek', log)
  await once(next.child, 'exit')
  t.equal(next.child.exitCode, 0)
  const found = readFileSync(join(data, 'domainstats.log'), 'utf8').match(/"query":"n\d+/g) ?? []
  t.equal(found.length, names)
  t.equal(new Set(found).size, names, 'each once')
})

void t.test('a second signal leaves at once', async t => {
  const dir = t.testdir({ data: {} })
  const daemon = start('run', '--data', join(dir, 'data'), '--zeek', join(dir, 'dns.log'))
  await daemon.says('input-missing')
  daemon.child.kill('SIGINT')
  daemon.child.kill('SIGINT')
  await once(daemon.child, 'exit')
  t.ok([0, 1].includes(daemon.child.exitCode ?? -1), 'in good order if it was fast enough, or at once')
})

void t.test('a reader of stdout may close the pipe first', async t => {
  const dir = t.testdir()
  const log = join(dir, 'dns.log')
  await writeLog(log)
  const daemon = start('scan', '--no-lookup', log)
  const ended = once(daemon.child, 'exit')
  await daemon.says('_path')
  daemon.child.stdout?.destroy()
  await ended
  t.equal(daemon.child.exitCode, 0, 'that is an end, and no error')
})

/** A shared store that is restored from a copy has forgotten what came after the copy: sensors bring it again. */
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { startRedis } from '../testing/redis.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')

const go = async (argv: readonly string[]) => {
  const io = testIo('')
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

const question = (name: string): string =>
  `${JSON.stringify({ _path: 'dns', ts: Date.now() / 1000, uid: `C${name}`, query: name })}\n`

/** The settings of a sensor, as the content of a folder. */
const sensor = (url: string, name: string) => ({
  'domainstats.yaml': `mode: "off"\nhold_seconds: 5\nshared: {url: '${url}', sensor: ${name}}\n`,
})

/** A sensor reads a log with one question. Returns whether it told a first contact. */
const sees = async (t: Test, dir: string, domain: string): Promise<boolean> => {
  const log = join(dir, `${domain}.log`)
  writeFileSync(log, question(domain))
  const { code, out, err } = await go(['run', '--once', '--show', '--data', dir, '--zeek', log])
  if (code !== 0) t.fail(err)
  return out.includes('YOUR-FIRST-CONTACT')
}

void t.test('an old copy of the store, and what sensors bring to it', { skip }, async t => {
  const server = await startRedis(t)
  const files = join(server.dir, 'appendonlydir')
  const copy = join(server.dir, 'copy')
  const root = t.testdir({ one: sensor(server.to, 'one'), other: sensor(server.to, 'other') })
  const [one, other] = [join(root, 'one'), join(root, 'other')]
  t.ok(await sees(t, one, 'before.com'))
  cpSync(files, copy, { recursive: true })
  t.ok(await sees(t, one, 'forgotten.com'))
  t.ok(await sees(t, one, 'brought.com'))

  await server.kill()
  rmSync(files, { recursive: true })
  cpSync(copy, files, { recursive: true })
  await server.start()
  t.notOk(await sees(t, other, 'before.com'), 'the copy knows it')
  t.ok(await sees(t, other, 'forgotten.com'), 'the copy does not: it is told twice')
  t.match(await go(['share', '--data', one]), { code: 0, err: /^3 domains pushed/ })
  t.notOk(await sees(t, other, 'brought.com'), 'the sensor has brought it')
})

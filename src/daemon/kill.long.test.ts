/** A log is written, rotated and truncated while the daemon is killed: each line becomes one record, and one only. */
import { appendFileSync, copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { start, untilFile, type Started } from '../testing/process.js'

/** Numbers that look random and are the same at each run with one seed (mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** A request and its response: two lines, one question. */
const lines = (n: number): string => {
  const name = `n${n}.shop-${n % 40}.com`
  const time = new Date(Date.UTC(2026, 10, 21) + n * 1000).toISOString().replace('Z', '000+0000')
  const line = (type: string) =>
    JSON.stringify({
      timestamp: time,
      flow_id: 10_000 + n,
      event_type: 'dns',
      src_ip: '10.0.0.7',
      src_port: 40_000,
      dest_ip: '10.0.0.53',
      dest_port: 53,
      proto: 'UDP',
      dns: {
        version: 3,
        type,
        tx_id: 0,
        id: n % 65_536,
        opcode: 0,
        queries: [{ rrname: name, rrtype: 'A' }],
      },
    })
  return `${line('request')}\n${line('response')}\n`
}

const queriesIn = (log: string): string[] =>
  log
    .split('\n')
    .filter(line => line !== '')
    .map(line => /"query":"([^"]+)"/.exec(line)?.[1] ?? `not a record: ${line}`)

interface Script {
  readonly dir: string
  readonly random: () => number
  written: number
  rotations: number
  kills: number
}

const paths = ({ dir }: Script) => ({ log: join(dir, 'eve.json'), out: join(dir, 'data', 'out.log') })

/** Appends some lines; sometimes the last one in two halves. Gives what is still to be written. */
const append = (script: Script): string => {
  const count = 1 + Math.floor(script.random() * 60)
  let text = ''
  for (let i = 0; i < count; i++) text += lines(script.written++)
  const cut = script.random() < 0.5 ? text.length - 1 - Math.floor(script.random() * 300) : text.length
  appendFileSync(paths(script).log, text.slice(0, cut))
  return text.slice(cut)
}

const caughtUp = (script: Script): Promise<string> =>
  untilFile(paths(script).out, text => queriesIn(text).length >= script.written)

/** What happens to the log, while the daemon may be up or down. */
const changes: readonly ((script: Script, whole: boolean) => void)[] = [
  () => undefined,
  script => renameSync(paths(script).log, join(script.dir, `eve.json.${++script.rotations}`)),
  script => {
    // copytruncate
    const { log } = paths(script)
    copyFileSync(log, join(script.dir, `eve.json.${++script.rotations}`))
    truncateSync(log)
  },
  (script, whole) => {
    // In place, with nothing beside it: only what was read already may be cut off.
    if (whole) truncateSync(paths(script).log)
  },
]

const restart = async (script: Script, daemon: Started, signal: NodeJS.Signals): Promise<Started> => {
  await daemon.end(signal)
  script.kills += 1
  return start('run', '--data', join(script.dir, 'data'), '--suricata', paths(script).log)
}

for (const seed of [1, 2, 3])
  void t.test(`killed again and again, seed ${seed}`, async t => {
    const dir = t.testdir({
      data: { 'domainstats.yaml': 'mode: off\nemit: every\noutput: out.log\npoll_seconds: 0.1\n' },
    })
    const script: Script = { dir, random: randomFrom(seed), written: 0, rotations: 0, kills: 0 }
    const { log, out } = paths(script)
    writeFileSync(log, '')
    let daemon = start('run', '--data', join(dir, 'data'), '--suricata', log)
    t.teardown(() => void daemon.child.kill('SIGKILL'))
    // Files that are rotated before the first read are not read, since the input is one path.
    appendFileSync(log, append(script))
    await caughtUp(script)

    for (let round = 0; round < 10; round++) {
      const rest = append(script)
      const whole = script.random() < 0.5
      if (script.random() < 0.6) daemon = await restart(script, daemon, 'SIGKILL')
      appendFileSync(log, rest)
      if (whole) await caughtUp(script)
      if (script.random() < 0.3) await daemon.end('SIGKILL')
      const change = changes[Math.floor(script.random() * changes.length)]
      change?.(script, whole)
      if (daemon.child.exitCode !== null || daemon.child.signalCode !== null)
        daemon = await restart(script, daemon, 'SIGKILL')
    }
    await caughtUp(script)
    await daemon.says('input-opened')
    t.equal(await daemon.end('SIGTERM'), 0, 'ends in good order')

    const found = queriesIn(readFileSync(out, 'utf8'))
    const expected = Array.from({ length: script.written }, (_, n) => `n${n}.shop-${n % 40}.com`)
    t.strictSame([...found].sort(), expected.sort(), 'each question once')
    t.comment(`${script.written} questions, ${script.rotations} rotations, ${script.kills} kills`)
  })

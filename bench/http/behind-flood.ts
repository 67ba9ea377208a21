/**
 * Measures how late HTTP answers are while the log has more new names than can be read, and the registry never answers: each
 * question is a first contact that waits for http_wait_seconds.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../program.js'

const waitMs = 1_000
/** A log of so many new names at once, so often. */
const linesAtOnce = 20_000
const burstMs = 500
const bursts = 30
/** Between two questions. */
const pauseMs = 25

export interface Lateness {
  /** The delay of each answer, in ms beyond http_wait_seconds. */
  readonly answers: readonly number[]
  /** The delay of this process's own timers, in ms: the precision of the measurement. */
  readonly ours: readonly number[]
}

/** @throws Error if the flood ended before the last question, or an answer is not valid */
export const behindFlood = async (dir: string): Promise<Lateness> => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  const registry = `http://127.0.0.1:${address.port}/`
  const settings = {
    http_wait_seconds: waitMs / 1000,
    poll_seconds: 0.1,
    rdap: { servers: { com: registry, net: registry } },
  }
  const log = `${dir}.log`
  writeFileSync(log, '')
  const opened = /"kind":"http-opened","address":"([^"]+)"/
  const { said, end } = await run(dir, settings, ['--http', '127.0.0.1:0', '--zeek', log], opened)
  const url = opened.exec(said)?.[1] ?? ''

  const ask = async (name: string): Promise<number> => {
    const begun = performance.now()
    const answer = await fetch(`${url}/${name}`)
    if (!(await answer.text()).includes('YOUR-FIRST-CONTACT')) throw new Error(`${name}: no first contact`)
    return performance.now() - begun - waitMs
  }
  // A first question, so that the HTTP client is loaded.
  await (await fetch(`${url}/healthz`)).text()
  const asked: Promise<number>[] = []
  const ours: number[] = []
  for (let burst = 0; burst < bursts; burst += 1) {
    appendFileSync(log, linesOf(burst))
    for (const until = performance.now() + burstMs; performance.now() < until;) {
      asked.push(ask(`asked-${asked.length}.net`))
      const begun = performance.now()
      await sleep(pauseMs)
      ours.push(performance.now() - begun - pauseMs)
    }
  }
  const answers = await Promise.all(asked)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  if (Number(/domainstats_lines_total (\d+)/.exec(metrics)?.[1]) >= bursts * linesAtOnce)
    throw new Error('the flood was over too soon')
  await end('SIGKILL')
  silent.close()
  silent.unref()
  return { answers, ours }
}

const linesOf = (burst: number): string =>
  Array.from({ length: linesAtOnce }, (_, n) => {
    const name = `flood-${(Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(36)}-${burst}-${n}.com`
    return `{"_path":"dns","ts":${1_700_000_000 + burst},"uid":"C${burst}-${n}","query":"${name}"}\n`
  }).join('')

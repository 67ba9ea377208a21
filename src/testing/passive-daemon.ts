/** A daemon that has read facts of passive DNS from a log, with its HTTP port open; and the truth about these facts. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import * as z from 'zod'
import { startHere } from './in-process.js'

/** A record, and at which seconds it was answered. */
export interface Fact {
  readonly rrname: string
  readonly rrtype: string
  readonly rdata: string
  readonly times: readonly number[]
}

export const start = 1_700_000_000
export const hour = 3_600

export const fact = (rrname: string, rrtype: string, rdata: string, ...times: readonly number[]): Fact => ({
  ...{ rrname, rrtype, rdata, times: times.length === 0 ? [start] : times },
})

/** An answer as Suricata logs it. Each has a flow of its own: with one flow and id it would be a copy. */
const eveLine = ({ rrname, rrtype, rdata }: Fact, second: number, flow: number): string =>
  JSON.stringify({
    ...{ timestamp: new Date(1000 * second).toISOString(), flow_id: flow, event_type: 'dns' },
    ...{ src_ip: '10.0.0.1', src_port: 40_000, dest_ip: '10.0.0.2', dest_port: 53, proto: 'UDP' },
    dns: {
      ...{ version: 2, type: 'answer', id: 1, rrname, rrtype, rcode: 'NOERROR' },
      answers: [{ rrname, rrtype, ttl: 60, rdata }],
    },
  })

export const token = 'a-token-of-the-port'

/** Lets a daemon read the facts, and opens one that answers for them over HTTP. @param more lines of its settings */
export const openPassive = async (t: Test, facts: readonly Fact[], more = '') => {
  const lines = facts
    .flatMap(fact => fact.times.map(second => ({ fact, second })))
    .sort((a, b) => a.second - b.second)
    .map(({ fact, second }, i) => `${eveLine(fact, second, i + 1)}\n`)
  const yaml = `inputs: [{path: eve.json, sensor: dmz}]\nmode: off\nlocal_port: 0\n${more}`
  const dir = t.testdir({ 'domainstats.yaml': yaml, token, 'eve.json': lines.join('') })
  if ((await startHere(t, 'run', '--once', '--no-wait', '--data', dir).ended) !== 0)
    throw new Error('the log was not read')
  writeFileSync(join(dir, 'domainstats.yaml'), `${yaml}http: true\n`)
  const daemon = startHere(t, 'run', '--data', dir)
  const said = await daemon.says(/"kind":"http-opened","address":"([^"]+)"/)
  const base = /"address":"([^"]+)"/.exec(said)?.[1] ?? ''
  return { ...daemon, dir, base }
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const failed = z.object({
  ...{ code: z.number().optional(), stdout: z.string().optional(), stderr: z.string().optional() },
})

/** Runs another program to its end. */
export const runProgram = async (
  program: string,
  argv: readonly string[],
  more: { readonly env?: Record<string, string>; readonly stdin?: string; readonly cwd?: string } = {},
): Promise<Ran> => {
  const running = promisify(execFile)(program, argv, {
    ...{ env: { ...process.env, ...more.env }, cwd: more.cwd, maxBuffer: 64 * 1024 * 1024 },
  })
  running.child.stdin?.end(more.stdin ?? '')
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: unknown) => {
      const { code = -1, stdout = '', stderr = '' } = failed.parse(error)
      return { code, out: stdout, err: stderr }
    },
  )
}

/** Writes the configuration of dnsdbq for CIRCL, which it takes from no environment variable. @returns the environment */
export const circlHome = (dir: string, url: string, user: string): Record<string, string> => {
  writeFileSync(join(dir, '.dnsdb-query.conf'), `CIRCL_SERVER="${url}"\nCIRCL_AUTH="${user}"\n`)
  return { HOME: dir }
}

/** Opens the HTTP port on a free port of loopback with fixed answers, and a client that sees every byte. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Asking, KnownAnswer, NameAnswer, Verdict } from '../../model/record.js'
import type { Report } from '../../telemetry/report.js'
import type { DaemonStatus } from '../../telemetry/status.js'
import { handClock } from '../../testing/hand-clock.js'
import type { BrowseRow, HttpOptions, HttpSums } from '../options.js'
import { openHttp } from '../port.js'

export const now = Date.UTC(2026, 10, 21, 12)

const sansVerdict: Verdict = {
  category: 'ESTABLISHED',
  alerts: [],
  reason: undefined,
  registered: Date.UTC(1995, 7, 4, 4),
  expires: Date.UTC(2027, 7, 3, 4),
  seenByIsc: undefined,
  ageDays: 11_432,
  hostedOn: undefined,
  tags: [],
  risk: 30,
  riskReasons: ['MANY-NAMES 30'],
}

/** The answer in the README of domain_stats, some years later. */
export const sans: KnownAnswer = {
  kind: 'known',
  query: 'sans.org',
  queryUnicode: undefined,
  domain: 'sans.org',
  registrable: 'sans.org',
  scores: { freq_avg_prob: 6.2885, freq_word_prob: 7.9696 },
  resembles: undefined,
  seenByYou: Date.UTC(2020, 10, 7, 17, 19, 49, 250),
  firstContact: false,
  registeredBy: 'RDAP',
  service: undefined,
  verdict: sansVerdict,
  original: sansVerdict,
}

/** The same with other facts, and another verdict. */
export const answer = (verdict: Partial<Verdict> = {}, facts: Partial<KnownAnswer> = {}): KnownAnswer => ({
  ...sans,
  ...facts,
  verdict: { ...sansVerdict, ...verdict },
  original: { ...sansVerdict, ...verdict },
})

/** A verdict without a date. */
export const undated = { registered: undefined, expires: undefined, ageDays: undefined }

export const row = (domain: string, more: Partial<BrowseRow> = {}): BrowseRow => ({
  domain,
  answer: answer({}, { domain, query: domain, registrable: domain }),
  expires: Date.UTC(2027, 7, 3, 4),
  queries: 12,
  ...more,
})

export const idle: DaemonStatus = {
  lines: 0,
  questions: 0,
  skips: {},
  inputLines: {},
  notUnderstood: {},
  records: {},
  alerts: {},
  risks: [],
  muted: 0,
  lookups: {},
  iscCommands: {},
  limits: {},
  sinks: {},
  shared: {},
  enriched: {},
  efficiency: { silent: 0, known: 0, expired: 0, unknown: 0 },
  missed: { spans: 0, seconds: 0 },
  lost: { logs: 0, bytes: 0 },
  lookupsQueued: 0,
  recordsPending: 0,
  followupsDue: 0,
  sharedAway: false,
  claimsOpen: 0,
  enrichmentsOpen: 0,
  countsWaiting: 0,
  countsWaitingSeconds: 0,
  factsWaiting: 0,
  factsWaitingSeconds: 0,
  domains: 0,
  domainsMax: 5_000_000,
  evicted: 0,
  commits: { count: 0, seconds: 0, longestSeconds: 0 },
  inputs: [],
  sinkStates: [],
  stalled: { store: false, output: false },
  problems: [],
  warnings: [],
}

export interface Port {
  /** `http://127.0.0.1:NUMBER` */
  readonly url: string
  readonly number: number
  /** The questions that reached the pipeline. */
  readonly asked: { readonly name: string; readonly asking: Asking }[]
  readonly reports: Report[]
  readonly sums: HttpSums
  readonly get: (
    path: string,
    init?: RequestInit,
  ) => Promise<{ status: number; body: string; headers: Headers }>
  /** Sends bytes as they are, and resolves with all that comes back until the port closes the connection. */
  readonly raw: (...pieces: readonly string[]) => Promise<string>
  readonly close: () => Promise<void>
}

/** @param answers by name; any other name has no domain */
export const openPort = async (
  t: Pick<Test, 'teardown'>,
  answers: Readonly<Record<string, NameAnswer>> = { 'sans.org': sans },
  options: Partial<HttpOptions> = {},
): Promise<Port> => {
  const asked: Port['asked'] = []
  const reports: Report[] = []
  const life = new AbortController()
  const { address, sums, close } = await openHttp({
    host: '127.0.0.1',
    hosts: ['sensor1.corp.example'],
    port: 0,
    askName: (name, asking) => {
      asked.push({ name, asking })
      const known = Object.hasOwn(answers, name) ? answers[name] : undefined
      return Promise.resolve(known ?? { kind: 'none', reason: 'no-public-suffix' })
    },
    waitMs: 5000,
    status: () => idle,
    browse: () => ({ rows: [], more: false }),
    get: () => undefined,
    timezoneOffsetHours: 0,
    browseLimit: 100,
    freqEnabled: true,
    allow: [],
    version: '1.2.3',
    clock: handClock(now),
    telemetry: report => void reports.push(report),
    signal: life.signal,
    ...options,
  })
  t.teardown(async () => {
    life.abort()
    await close()
  })
  const number = Number(new URL(address).port)
  const url = `http://127.0.0.1:${number}`
  return {
    ...{ url, number, asked, reports, sums, close },
    get: async (path, init) => {
      const response = await fetch(url + path, init)
      return { status: response.status, body: await response.text(), headers: response.headers }
    },
    raw: async (...pieces) => {
      const socket = connect(number, '127.0.0.1')
      await once(socket, 'connect')
      const received = text(socket).catch(String)
      for (const piece of pieces) await new Promise(resolve => socket.write(piece, 'latin1', resolve))
      return received
    },
  }
}

/** A whole request; ends the connection. */
export const request = (first: string, ...headers: readonly string[]): string =>
  [first, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')

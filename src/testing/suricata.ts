/** Runs the real Suricata over captures, with the fragment of suricata/ in its settings: once, or alive as on a sensor. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import * as z from 'zod'
import { runProgram } from './passive-daemon.js'
import { pcapOf, type Sent } from './pcap.js'
import { started, untilFile } from './process.js'
import { socketFolder } from './receivers.js'

/** The fragment as an operator copies it below `outputs:`. */
const fragment = (): string => readFileSync(resolve('suricata', 'eve-dns.yaml'), 'utf8')

export interface SuricataOptions {
  /** `threaded: on`: a file for each thread. */
  readonly threaded?: boolean
  /** Lines that stand in eve-log besides, such as more types. */
  readonly change?: (fragment: string) => string
  /** An absolute path. */
  readonly rules?: string
  readonly more?: string
}

/** The smallest settings that it runs with. */
const settingsOf = ({ threaded, change = text => text, rules, more = '' }: SuricataOptions): string =>
  [
    '%YAML 1.1\n---',
    'vars: { address-groups: { HOME_NET: any, EXTERNAL_NET: any } }',
    `outputs:\n${change(threaded ? fragment().replace('filetype: regular', '$&\n    threaded: on') : fragment())}`,
    rules === undefined ? 'rule-files: []' : `rule-files:\n  - ${rules}`,
    'app-layer:',
    '  protocols:',
    ...['dns: { udp: { enabled: yes, detection-ports: { dp: 53 } }, tcp: { enabled: yes } }'].map(
      l => `    ${l}`,
    ),
    ...['tls', 'http', 'http2', 'quic'].map(protocol => `    ${protocol}: { enabled: yes }`),
    more,
  ].join('\n')

/**
 * Runs it over a capture, to its end.
 *
 * @param dir an absent folder for its settings and its logs
 * @returns its logs `eve*.json`
 * @throws Error with what it said, if it fails
 */
export const runSuricata = async (
  dir: string,
  pcap: string,
  options: SuricataOptions = {},
): Promise<readonly string[]> => {
  mkdirSync(dir, { recursive: true })
  const settings = join(dir, 'test.yaml')
  writeFileSync(settings, settingsOf(options))
  const { code, out, err } = await runProgram('suricata', [
    '-r',
    pcap,
    '-c',
    settings,
    '-l',
    dir,
    '-k',
    'none',
  ])
  if (code !== 0 || /^Error:/m.test(err + out)) throw new Error(`suricata ${code}: ${err}${out}`)
  return logsIn(dir)
}

const logsIn = (dir: string): string[] =>
  readdirSync(dir)
    .filter(name => /^eve.*\.json$/.test(name))
    .sort()
    .map(name => join(dir, name))

export interface LiveSuricata {
  /** Lets it see these names; resolves when it has dealt with all of them. */
  readonly see: (sent: readonly Sent[]) => Promise<void>
  /** Runs a command of suricatasc, as an operator types it. Returns its answer. */
  readonly command: (command: string) => Promise<string>
  /** The alerts so far. */
  readonly alerts: () => readonly Alert[]
  readonly end: () => Promise<unknown>
}

/**
 * Starts a Suricata that stays alive and takes commands: it sees the captures that are put into a folder. Like one that
 * sees no packets, it does not end a reload before the first of them.
 */
export const startSuricata = async (t: Test, options: SuricataOptions): Promise<LiveSuricata> => {
  const dir = socketFolder(t)
  const [pcaps, settings, socket] = [join(dir, 'pcaps'), join(dir, 'test.yaml'), join(dir, 'command.socket')]
  mkdirSync(pcaps)
  const more = [
    `unix-command: { enabled: yes, filename: ${socket} }`,
    // Seconds: how old a capture must be, and how often it looks for them.
    'pcap-file: { delay: 1, poll-interval: 1 }',
    // One thread for all packets, so that what was sent last is logged last.
    'threading: { detect-thread-ratio: 0.1 }',
  ].join('\n')
  writeFileSync(settings, settingsOf({ ...options, more }))
  const args = ['-r', pcaps, '--pcap-file-continuous', '-c', settings, '-l', dir, '-k', 'none']
  const { says, end } = started(spawn('suricata', args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  t.teardown(() => end('SIGKILL'))
  await says('Starting directory run')
  let count = 0
  return {
    see: async sent => {
      count += 1
      const [name, last] = [`${count}.pcap`, `last-${count}.example.com`]
      // Each begins later than the last one ended, as packets do.
      writeFileSync(join(dir, name), pcapOf([...sent, ['dns', last]], firstSecond + count * secondsApart))
      renameSync(join(dir, name), join(pcaps, name))
      await untilFile(join(dir, 'eve.json'), text => text.includes(last))
    },
    command: async command => (await runProgram('suricatasc', ['-c', command, socket])).out,
    alerts: () => alertsIn(logsIn(dir)),
    end: () => end('SIGTERM'),
  }
}
const [firstSecond, secondsApart] = [1_700_000_000, 86_400]

const alertLine = z.looseObject({
  event_type: z.literal('alert'),
  alert: z.looseObject({ signature_id: z.number(), signature: z.string() }),
  dns: z.looseObject({ query: z.array(z.looseObject({ rrname: z.string() })) }).optional(),
  tls: z.looseObject({ sni: z.string() }).optional(),
  http: z.looseObject({ hostname: z.string() }).optional(),
})

export interface Alert {
  readonly sid: number
  readonly msg: string
  /** The name as the client sent it. */
  readonly name: string
}

/** The alerts in logs, in their order. */
export const alertsIn = (logs: readonly string[]): readonly Alert[] =>
  logs.flatMap(log =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter(line => line.includes('"event_type":"alert"'))
      .map(line => {
        const { alert, dns, tls, http } = alertLine.parse(JSON.parse(line))
        const name = dns?.query[0]?.rrname ?? tls?.sni ?? http?.hostname ?? ''
        return { sid: alert.signature_id, msg: alert.signature, name }
      }),
  )

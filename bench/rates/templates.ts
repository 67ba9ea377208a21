/** Records of a log as templates: time and flow are filled in when they are repeated. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type Kind = 'tsv' | 'json' | 'eve2' | 'eve2alerts' | 'eve3'

/** Makes one line from its time (epoch ms) and the number of its repetition. */
export type Template = (ts: number, repetition: number) => string

export interface Templates {
  /** The lines before the records. */
  readonly header: string
  readonly lines: readonly Template[]
}

/** The real data beside the checkout, or else the samples. A folder means all files in it. */
const paths: Readonly<Record<Kind, readonly [real: string, sample: string]>> = {
  tsv: ['zeek/brim-wrccdc2018.dns.log.gz', 'zeek/dns.log'],
  json: ['zeek/brim-wrccdc2018.dns.json.gz', 'zeek/dns.json.log'],
  eve2: ['eve/suricata-7.0.10/v2', 'suricata/eve.json'],
  eve2alerts: ['eve/suricata-7.0.10/v2', 'suricata/eve.json'],
  eve3: ['eve/suricata-8.0.7/v3', 'suricata/eve.json'],
}

/** Alerts of rules that were written for this data. They match each query, as rules of no real sensor do, and are left out. */
const ownAlert = '"signature":"TEST '

const textOf = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
}

const readAll = (path: string): string =>
  /\.\w+$/.test(path)
    ? textOf(path)
    : readdirSync(path)
        .sort()
        .map(name => textOf(join(path, name)))
        .join('')

/** The records of the real log of a kind, or of its sample. */
export const readTemplates = (kind: Kind): Templates => {
  const [real, sample] = paths[kind]
  const path = join('..', 'shared', 'data', real)
  const lines = readAll(existsSync(path) ? path : join('samples', sample))
    .split('\n')
    .filter(line => line !== '' && (kind === 'eve2alerts' || !line.includes(ownAlert)))
  const isHeader = (line: string): boolean => kind === 'tsv' && line.startsWith('#')
  const header = lines.filter(line => isHeader(line) && !line.startsWith('#close'))
  return {
    header: header.map(line => `${line}\n`).join(''),
    lines: lines.filter(line => !isHeader(line)).map(kind === 'tsv' ? tsvTemplate : jsonTemplate),
  }
}

/** The time is the first column. */
const tsvTemplate = (line: string): Template => {
  const rest = `${line.slice(line.indexOf('\t'))}\n`
  return ts => `${(ts / 1000).toFixed(6)}${rest}`
}

const time = /"(?:ts|timestamp)":(?:"[^"]*"|[\d.]+)/
const flow = /"flow_id":\d+/

/** Duplicates are recognised by their flow, so it must differ in each repetition. */
const jsonTemplate = (line: string): Template => {
  const [timed = ''] = time.exec(line) ?? []
  const [flowing = ''] = flow.exec(line) ?? []
  const [before = '', after = ''] = line.split(timed, 2)
  const [between = '', behind = ''] = flowing === '' ? [`${after}\n`] : `${after}\n`.split(flowing, 2)
  const digits = flowing.slice(-9)
  const key = timed.slice(0, timed.indexOf(':') + 1)
  const isIso = timed.endsWith('"')
  const zone = key === '"timestamp":' ? '000+0000' : '000Z'
  return (ts, repetition) => {
    const written = isIso ? `"${new Date(ts).toISOString().slice(0, -1)}${zone}"` : (ts / 1000).toFixed(6)
    const numbered = flowing === '' ? '' : `"flow_id":${100_000 + repetition}${digits}`
    return `${before}${key}${written}${between}${numbered}${behind}`
  }
}

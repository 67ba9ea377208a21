/** The digest as plain text for a mail. Names and alerts are of attackers and others: all are escaped. */
import { digestColumns } from '../../limits.js'
import { dayText, minuteText, padded, shownText, wrapped } from '../../output/table.js'
import type { Diagnosis } from '../doctor/diagnosis.js'
import type { ReadLogs } from './records.js'
import { type Sum, type Sums, type Ranking, wantsLook } from './sums.js'

export interface DigestParts {
  /** Epoch ms: the span. */
  readonly from: number
  readonly to: number
  readonly sums: Sums
  readonly read: ReadLogs
  /** Queries that left the machine in this time, by host. */
  readonly asked: Ranking
  /** What the live `run` says of itself. */
  readonly run: readonly Diagnosis[]
  /** How many names of each kind are shown. */
  readonly top: number
}

/** `1 record`, `2 records`. */
const counted = (count: number, what: string, several = `${what}s`): string =>
  `${count} ${count === 1 ? what : several}`

/** Wraps words into lines below a first line. */
const paragraph = (words: readonly string[], indent = 2): string => {
  const margin = ' '.repeat(indent)
  return wrapped(words, digestColumns - indent)
    .map(line => `${margin}${line}\n`)
    .join('')
}

/** `evil.com (3), other.com, 7 more`: as words that a line may be broken between. */
const names = (ranking: Ranking, top: number): string[] => {
  const shown = ranking.top(top)
  const more = ranking.size - shown.length
  const words = shown.map(([name, count]) => shownText(name) + (count > 1 ? ` (${count})` : ''))
  const all = more > 0 ? [...words, `${more} more`] : words
  return all.map((word, at) => (at < all.length - 1 ? `${word},` : word))
}

/** A sum with its names: `ip-check: 8 records`, and below it of what, and by which clients. */
const sumText = (name: string, { what, clients }: Sum, whatName: string, top: number): string => {
  const heads = [
    counted(what.sum, 'record'),
    counted(what.size, whatName),
    ...(clients.size > 0 ? [counted(clients.size, 'client')] : []),
  ]
  return (
    paragraph([`${shownText(name)}:`, ...heads.join(', ').split(' ')]) +
    paragraph(names(what, top), 4) +
    (clients.size > 0 ? paragraph(['by', ...names(clients, top)], 4) : '')
  )
}

const section = (title: string, body: string): string => (body === '' ? '' : `\n${title}\n${body}`)

/** Whether the digest has an alert that wants a look: exit code 3. */
export const isNotable = (sums: Sums): boolean => sums.alerts().some(([name]) => wantsLook(name))

/** One line that says whether to read on. */
const verdictText = (sums: Sums): string => {
  const notable = sums.alerts().filter(([name]) => wantsLook(name))
  if (notable.length === 0) return paragraph(['Nothing', 'wants', 'a', 'look.'], 0)
  const words = notable.map(([name, { what }]) => `${shownText(name)} ${what.sum}`)
  return paragraph(
    ['To look at:', ...words.map((word, at) => (at < words.length - 1 ? `${word},` : word))],
    0,
  )
}

const newText = ({ sums, top }: DigestParts): string => {
  const young = sums.young()
  const rows = young.slice(0, top).map(({ domain, ageDays, client }) => {
    const by = client === undefined ? '' : `  ${shownText(client)}`
    return paragraph([`${padded(`${ageDays} d`, 6)}  ${shownText(domain)}${by}`], 4)
  })
  return (
    paragraph(
      `${counted(sums.firstContacts, 'first contact')} in ${counted(sums.records, 'record')}`.split(' '),
    ) +
    paragraph(
      `${counted(young.length, 'domain')} of category NEW${young.length > 0 ? ', the youngest first:' : ''}`.split(
        ' ',
      ),
    ) + // prettier-ignore
    rows.join('') +
    (young.length > top ? paragraph([`${young.length - top} more`], 4) : '')
  )
}

const lookupsText = ({ sums: { failed }, asked, top }: DigestParts): string =>
  (asked.sum > 0
    ? paragraph(`${counted(asked.sum, 'query', 'queries')} went to`.split(' ')) +
      paragraph(names(asked, top), 4)
    : '') + (failed.what.sum > 0 ? sumText('failed', failed, 'reason', top) : '')

const logText = ({ read }: DigestParts): string => {
  const files = read.files.length === 0 ? 'no log was written to in this time' : `read: ${read.files.map(shownText).join(' ')}` // prettier-ignore
  return [
    files,
    ...(read.unclear > 0 ? [`${counted(read.unclear, 'line')} of it no record`] : []),
    ...read.failed.map(why => `not read to its end: ${shownText(why)}`),
  ]
    .map(line => paragraph(line.split(' ')))
    .join('')
}

const runText = ({ run }: DigestParts): string =>
  run.map(({ state, found }) => paragraph([`${state}:`, ...shownText(found).split(' ')])).join('')

/** The text of a digest, in at most digestColumns columns. */
export const digestText = (parts: DigestParts): string => {
  const { from, to, sums, top } = parts
  const alerts = sums.alerts().map(([name, sum]) => sumText(name, sum, 'domain', top))
  const services = sums.services().map(([kind, sum]) => sumText(kind, sum, 'service', top))
  const day = dayText(from) === dayText(to) ? minuteText(to).slice(11) : minuteText(to)
  return (
    paragraph([`domainstats: ${minuteText(from)} to ${day} (UTC)`], 0) +
    verdictText(sums) +
    section('ALERTS', alerts.join('')) +
    section('NEW', newText(parts)) +
    section('SERVICES', services.join('')) +
    section('LOOK-UPS', lookupsText(parts)) +
    section('LOG', logText(parts)) +
    section('RUN', runText(parts))
  )
}

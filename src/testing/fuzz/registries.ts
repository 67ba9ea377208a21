/** Fuzzes the parsers of answers of registries, IANA and the ISC, and the SSRF policy for their redirects. */
import { isIP } from 'node:net'
import fc from 'fast-check'
import { readConfig, readQuery, readIscStatus } from '../../lookup/isc/responses.js'
import { isAllowedHop } from '../../lookup/net/addresses.js'
import { readRetryAfter } from '../../time/retry-after.js'
import { readAnswer, parseJson } from '../../lookup/rdap/response.js'
import { findService, readServices } from '../../lookup/rdap/services.js'
import { readWhois } from '../../lookup/whois/response.js'
import { readReferral } from '../../lookup/whois/whois.js'
import type { Registration } from '../../model/domain.js'
import { jsonLike } from './json.js'
import { bytesLike, textLike } from './mutations.js'
import { askedName, oddObjects, type OddObject } from './rdap-objects.js'
import { bootstrapFiles, iscAnswers, rdapAnswers, whoisAnswers } from './seeds.js'
import { must, target, type Target } from './target.js'
import { mustBeWritable, now } from './written.js'

const kinds: readonly string[] = ['registered', 'absent', 'unsupported', 'failed']
const printable = /^[ -~]*$/

const mustBeRegistration = (answer: Registration): void => {
  must(kinds.includes(answer.kind), 'a registration of no kind')
  if ('isc' in answer)
    for (const alert of answer.isc?.alerts ?? [])
      must(printable.test(alert) && !alert.includes(','), `an alert that forges a field: ${alert}`)
  if (answer.kind !== 'registered') return
  mustBeWritable(answer.registered, 'the registration')
  mustBeWritable(answer.expires, 'the expiry')
  mustBeWritable(answer.isc?.seen, 'the first contact of the ISC')
}

const jsonOf = (bytes: Buffer): unknown => parseJson(new TextDecoder().decode(bytes))
const name = askedName

/** RFC 9083 4.5, 5.3: only dates of the domain's own events may be read, unchanged. */
const mustBeOwn = ({ body, own, isPlain, isOther }: OddObject): void => {
  const dayMs = 86_400_000
  const answer = readAnswer(body, name, now)
  mustBeRegistration(answer)
  const dates = (action: string, from: number, to: number) =>
    (own.get(action) ?? []).filter(ms => ms >= from && ms <= to)
  const registrations = dates('registration', Date.UTC(1985, 0, 1), now + dayMs)
  if (isPlain)
    must((answer.kind === 'registered') === registrations.length > 0, 'a plain date that is not read')
  if (answer.kind !== 'registered') return
  must(!isOther, 'the date of another object')
  const { registered, firstRegistered, expires } = answer
  const first = Math.min(...registrations)
  must((firstRegistered ?? registered) === first, 'not the first registration')
  const anew =
    firstRegistered === undefined || dates('reregistration', first, now + dayMs).includes(registered)
  must(anew, 'no date of a reregistration')
  must(expires === undefined || (own.get('expiration') ?? []).includes(expires), 'no date of an expiration')
}

const locations = textLike([
  ...[
    'https://rdap.example.com/domain/a',
    '//rdap.example.net/x',
    '/elsewhere',
    '?a#b',
    'http://rdap.example.com/',
  ],
  ...[
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
  ],
  ...[
    'file:///etc/passwd',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost./',
    'data:,x',
    'https://a@b.c/',
  ],
])
/** A redirect must not lead to an address, or to a name of the local network. */
const isPrivateHost = (host: string): boolean =>
  isIP(host.replace(/\.$/, '')) !== 0 || /^(?:\[.*|.*\.localhost\.?|[^.]*\.?)$/.test(host)

export const registryTargets: readonly Target[] = [
  target('rdap-answer', jsonLike(rdapAnswers), bytes => {
    const answer = readAnswer(jsonOf(bytes), name, now)
    mustBeRegistration(answer)
    if (answer.kind === 'registered') must(answer.registered <= now + 86_400_000, 'registered in the future')
  }),
  target('rdap-events', oddObjects, mustBeOwn),
  target(
    'whois-answer',
    fc.tuple(bytesLike(whoisAnswers), fc.constantFrom(name, 'example.de', 'a.jp')),
    ([bytes, name]) => {
      const text = bytes.toString('latin1')
      mustBeRegistration(readWhois(text, name, now))
      const served = readReferral(text, 'com', 43)
      if (served.kind === 'server')
        must(!isPrivateHost(served.server.host), 'a referral into the own network')
    },
  ),
  target('bootstrap-file', jsonLike(bootstrapFiles), bytes => {
    const services = readServices(new TextDecoder().decode(bytes))
    for (const url of (services && findService(services, 'example.com')) ?? [])
      must(
        isAllowedHop(url, undefined) && url.pathname.endsWith('/'),
        `a server that must not be asked: ${url.href}`,
      )
  }),
  target('isc-answer', jsonLike(iscAnswers), bytes => {
    const body = jsonOf(bytes)
    readConfig(body)
    const status = readIscStatus(body)
    must(status === undefined || status.intervalMs > 0, 'an interval that is none')
    must(printable.test(status?.denied ?? ''), 'a reason that forges a line')
    mustBeRegistration(readQuery(body))
  }),
  target('redirect', fc.tuple(locations, fc.boolean()), ([to, byHand]) => {
    const from = new URL(byHand ? 'http://10.0.0.1:8080/rdap/' : 'https://rdap.example.com/')
    if (!URL.canParse(to, from.href)) return
    const url = new URL(to, from)
    if (!isAllowedHop(url, byHand ? from : undefined) || url.host === from.host) return
    must(url.protocol === 'https:' && !isPrivateHost(url.hostname), `it leads to ${url.href}`)
  }),
  target(
    'retry-after',
    textLike(['120', 'Wed, 21 Oct 2026 07:28:00 GMT', 'Sun Nov  6 08:49:37 1994']),
    text => {
      const ms = readRetryAfter(text, now)
      must(ms === undefined || ms >= 0, `a wait of ${ms} ms`)
    },
  ),
]

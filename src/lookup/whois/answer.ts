/**
 * What a WHOIS answer says of a name. It is text for humans, in the layout of each registry, and parts of it were
 * written by the domain's owner: dates count only where the domain itself is described, and `absent` only where the
 * whole line says so. Pure; never throws.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { expiryAheadMsMax, queryCharsMax } from '../../limits.js'
import type { FailedReason, Registration } from '../../registration.js'
import { readWhoisDate } from './date.js'
import { readLayout, type Field, type Layout } from './lines.js'
import { isAbsentStatus, saysAbsent, saysQuota, speaksOfQuota } from './phrases.js'

/** An answer that gives no data and is longer than this is not about a quota, but holds a legal notice. */
const shortChars = 3_000
/** A registry's clock and zone may be off by this much; a registration later than that has not happened. */
const aheadMs = 24 * 60 * 60_000

const nameLabel = /^(?:domain|domain ?name|ドメイン名)$/
const statusLabel = /^(?:domain |query |registration )?status$/
const createdLabel =
  /^(?:(?:domain )?(?:record )?(?:created|registered|activated)(?: on| at| date)?|(?:domain )?(?:name )?(?:first )?(?:creation|registration|commencement|create)(?: date| time)|date (?:created|registered)|domain dateregistered|登録年月日|등록일)$/
const expiresLabel =
  /^(?:(?:domain )?(?:record )?expires?(?: on| at| date)?|(?:registry |domain )?(?:expiry|expiration)(?: date| time)?|paid till|renewal(?: date)?|validity|valid until|domain datebilleduntil|有効期限)$/
// .il has no line of its own for it: `changed: domain-registrar AT isoc.org.il 19970915 (Assigned)`
const assigned = /(\d{8}) \(assigned\)$/i

const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

/** A name as a registry may write it, in the form to compare. Punycode takes the square of a name's length. */
const comparable = (name: string): string => {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return plain.length > queryCharsMax ? plain : domainToASCII(plain) || plain
}

const namesIn = (fields: readonly Field[]): string[] =>
  fields
    .filter(({ label, value }) => nameLabel.test(label) && value.includes('.'))
    .map(({ value }) => comparable(value.split(/\s/, 1)[0] ?? ''))

/** Where a label speaks of the domain, it counts in every paragraph (.hk has it among the registrant's data). */
const createdText = ({ label, value, own }: Field): string | undefined => {
  if (label === 'changed' && own) return assigned.exec(value)?.[1]
  return createdLabel.test(label) && (own || label.startsWith('domain ')) ? value : undefined
}

/** Contacts do not expire: wherever it stands, it is the domain's. */
const expiresText = ({ label, value }: Field): string | undefined =>
  expiresLabel.test(label) ? value : undefined

const datesIn = (texts: readonly (string | undefined)[]): number[] =>
  texts.flatMap(text => {
    const date = text === undefined ? undefined : readWhoisDate(text)
    return date === undefined ? [] : [date]
  })

/** A comment says how the answer is only where there is nothing but comments. */
const sentences = ({ statements }: Layout): string[] => {
  const plain = statements.filter(({ comment }) => !comment)
  return (plain.length > 0 ? plain : statements).map(({ text }) => text)
}

/** What is said of a name whose own data are not there. */
const withoutData = (text: string, layout: Layout, asked: string): Registration => {
  const names = [asked, domainToUnicode(asked)]
  if (sentences(layout).some(sentence => names.some(name => saysAbsent(sentence, name))))
    return { kind: 'absent' }
  return failed(
    text.length <= shortChars && speaksOfQuota(text.toLowerCase()) ? 'rate-limited' : 'malformed-answer',
  )
}

/** What is said of a name that is described, without a date. */
const withoutDate = ({ fields, statements }: Layout): Registration => {
  const statuses = fields.filter(({ label, own }) => own && statusLabel.test(label))
  if (statuses.some(({ value }) => isAbsentStatus(value.toLowerCase()))) return { kind: 'absent' }
  // .br: `% Query rate limit exceeded. Reduced information.`
  if (statements.some(({ text }) => saysQuota(text))) return failed('rate-limited')
  return { kind: 'unsupported', reason: 'no-registration-date' }
}

/**
 * What the answer says about the name that was asked.
 *
 * @param text the whole answer
 * @param asked an A-label name, in lower case
 * @param now epoch milliseconds
 */
export const readWhois = (text: string, asked: string, now: number): Registration => {
  const layout = readLayout(text)
  const names = namesIn(layout.fields)
  // Another name is somebody else's date.
  if (names.length > 0 && !names.includes(comparable(asked))) return failed('malformed-answer')

  const registered = datesIn(layout.fields.map(createdText)).filter(date => date <= now + aheadMs)
  if (registered.length > 0 && (names.length > 0 || text.toLowerCase().includes(asked))) {
    const expires = datesIn(layout.fields.map(expiresText)).filter(date => date <= now + expiryAheadMsMax)
    return {
      kind: 'registered',
      registered: Math.min(...registered),
      expires: expires.length === 0 ? undefined : Math.max(...expires),
    }
  }
  return names.length > 0 ? withoutDate(layout) : withoutData(text, layout, asked)
}

/**
 * The ISC's own words. They go into the log and to an analyst's terminal, and the scripts of domain_stats take
 * answers apart at quotes and commas: a stranger must not be able to forge a line, a field or one of our alerts.
 */
import { alertName, alerts as listed } from '../../alerts.js'
import { iscAlertCharsMax, iscAlertsMax } from '../../limits.js'
import type { IscWord } from '../../registration.js'

const firstContact = 'ISC-FIRST-CONTACT'
const ours: ReadonlySet<string> = new Set(listed.map(({ name }) => name))

/** In printable ASCII, cut to so many characters; whatever else stood there is a space. */
export const printable = (text: string, charsMax: number): string =>
  text
    .slice(0, charsMax)
    .replace(/[^!-~]+/g, ' ')
    .trim()

const alertText = (alert: string): string =>
  printable(alert.slice(0, iscAlertCharsMax).replace(/[",'`\\]/g, ' '), iscAlertCharsMax)

/** The alerts of an answer; what is no text counts as none. A name of ours is ours to say, in whatever dress. */
export const readAlerts = (alerts: readonly unknown[]): Omit<IscWord, 'seen'> => {
  const texts = alerts.filter(alert => typeof alert === 'string')
  const others = new Set<string>()
  for (const text of texts.map(alertText)) {
    if (others.size === iscAlertsMax) break
    if (text !== '' && !ours.has(alertName(text).toUpperCase())) others.add(text)
  }
  return { firstContact: texts.includes(firstContact), alerts: [...others] }
}

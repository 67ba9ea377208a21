/** The names of the questions, and the domains whose registration is known before. */

const counted = (count: number, nameOf: (n: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, n) => nameOf(n))

export const warmName = 'sans.org'
export const mixedNames = counted(1_000, n => `host${n}.example-${n}.com`)
/** The new names of a round. */
export const freshNames = (round: number, count: number): readonly string[] =>
  counted(count, n => `www.first-contact-${round}-${n}.net`)

/** Each of our names is that of a host in a domain of two labels. */
export const domainOf = (name: string): string => name.split('.').slice(-2).join('.')

/** A lone `-` on the command line: standard input, or standard output. */

/** yargs takes a lone `-` for an option without a name, so it goes through as something that no path is. */
const standIn = '\0-'

/** The words as yargs shall get them. */
export const hideDash = (argv: readonly string[]): string[] =>
  argv.map(word => (word === '-' ? standIn : word))

/** What was meant by a word that came through yargs. */
export const dash = (value: string): string => (value === standIn ? '-' : value)
export const dashes = (values: readonly string[]): string[] => values.map(dash)

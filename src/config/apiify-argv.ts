/** The command line of an `apiify.yaml` as a list of words, which needs no shell, or the words to write in its place. */
import type { ProgramMeaning } from './apiify-accepts.js'
import { excerpt } from './problem.js'
import { valuePlace } from './schema-command-keys.js'
import { splitWords } from './shell-words.js'

/** Where APIify puts the value. */
export const webinfo = '*WEBINFO*'

/** Why a command line is refused, and what to do. */
export interface CommandFault {
  readonly message: string
  readonly remedy: string
}

/** In flow style, as a setting has it. JSON is YAML. */
const argvText = (words: readonly string[]): string =>
  `[${words.map(word => (/^[A-Za-z/.+-][\w/.+-]*$/.test(word) ? word : JSON.stringify(word))).join(', ')}]`

/** What only says where stderr goes: a setting does that. */
const stderrOnly = / +2> ?(\/dev\/null|&1)$/

/** The settings that do what a shell would do. */
const instead = (command: string): string => {
  const [redirection = '', target] = stderrOnly.exec(command.trim()) ?? []
  const rest = command.trim().slice(0, command.trim().length - redirection.length)
  const split = splitWords(rest)
  if ('unreadable' in split) return ''
  if (redirection !== '' && split.needs === undefined) {
    const stderr = target === '&1' ? 'merge' : 'drop'
    return `argv: ${argvText(placed(split.words))} with stderr: ${stderr}`
  }
  const whole = splitWords(command)
  const script = 'quoted' in whole ? whole.quoted(webinfo) : command
  return `argv: [sh, -c, ${JSON.stringify(script.trim())}, sh, "${valuePlace}"], where the shell gets the value as a parameter`
}

/** The words with the place of the value; behind them if there is none, as older versions of APIify did it. */
const placed = (words: readonly string[]): string[] => {
  const at = words.map(word => word.replaceAll(webinfo, valuePlace))
  return at.some(word => word.includes(valuePlace)) ? at : [...at, valuePlace]
}

/** `--` before the value keeps it from being read as an option, where the program knows that. */
export const withDashes = (words: readonly string[], { endsOptions }: Partial<ProgramMeaning>): string[] =>
  endsOptions && words.at(-1) === valuePlace && words.at(-2) !== '--'
    ? [...words.slice(0, -1), '--', valuePlace]
    : [...words]

/** The words of the command line, or what is wrong with it. */
export const readBaseCommand = (command: string): readonly string[] | CommandFault => {
  const refuse = (message: string, remedy: string): CommandFault => ({ message, remedy })
  const split = splitWords(command)
  if ('unreadable' in split) return refuse(split.unreadable, 'Close it, or write argv as a list of words.')
  if (split.needs !== undefined)
    return refuse(
      `has ${split.needs}, which needs a shell, and there is none`,
      `Declare the command in domainstats.yaml by ${excerptOf(instead(command))}.`,
    )
  if (split.words.length === 0) return refuse('is empty', 'Give a program and its words.')
  return placed(split.words)
}

/** Remedies hold a command line, which is longer than what a message quotes. */
const excerptOf = (text: string): string => (text.length > 1000 ? excerpt(text) : text)

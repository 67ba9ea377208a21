/** Makes docs/cli.md and the man page from the `--help` of each command. */
import { PassThrough } from 'node:stream'
import { helpOf } from '../commands/command-line.js'
import { version } from '../telemetry/report.js'
import { about } from './commands.js'

interface Entry {
  /** `--data`, `files`, `-h, --help`. */
  readonly name: string
  readonly text: string
}

export interface CommandHelp {
  /** Without the name of the program: `freq train`; empty for the program itself. */
  readonly name: string
  readonly usage: string
  readonly description: string
  readonly positionals: readonly Entry[]
  readonly options: readonly Entry[]
  /** The help as printed in 80 columns. */
  readonly help: string
}

const stream = () => new PassThrough()
/** Unused streams: `--help` reads nothing. */
const unusedIo = {
  ...{ stdin: stream(), stdout: stream(), stderr: stream() },
  signal: new AbortController().signal,
  variables: {},
  onHangup: () => undefined,
}

/** Parses lines such as `  --data  data folder  [string] [default: "."]`, which yargs prints without a width limit. */
const entriesIn = (help: string, heading: string): Entry[] => {
  const [, block = ''] = new RegExp(`^${heading}:\\n((?: .*\\n?)+)`, 'm').exec(help) ?? []
  return [...block.matchAll(/^ +(\S.*?)(?: {2,}(\S.*?))?(?: {2,}(\[.*))?$/gm)].map(
    // A flag that is on by default is described by its negation: `--wait  --no-wait: end at the hold time`.
    ([, name = '', text = '', notes = '']) => {
      const [, off = name, words = text] = /^(--no-\S+): (.*)$/.exec(text) ?? []
      return { name: off, text: withNotes(words, notes) }
    },
  )
}

/** Keeps the notes that help a reader: required, choices, default. */
const withNotes = (text: string, notes: string): string => {
  const kept = [...notes.matchAll(/\[((?:[^[\]]|\[\])+)\]/g)]
    .map(([, note = '']) => note)
    .filter(note => /^(required|choices|default: (?!false|true|\[\]))/.test(note))
  return kept.length === 0 ? text : `${text} (${kept.join(', ')})`
}

/** @param help printed without a width limit */
export const readHelp = (help: string): Omit<CommandHelp, 'name' | 'help'> => {
  const [usage = '', description = ''] = help.split('\n\n')
  const own = ({ name }: Entry) => !/--(help|version)$/.test(name)
  return {
    ...{ usage, description: /^(Commands|Options):/.test(description) ? '' : description },
    positionals: entriesIn(help, 'Positionals'),
    options: entriesIn(help, 'Options').filter(own),
  }
}

/** yargs implements this command itself; it has no help. */
const scripted = 'completion'

/** All commands in the order of `--help`, each followed by its subcommands. */
export const readCommands = async (words: readonly string[] = []): Promise<CommandHelp[]> => {
  const help = await helpOf(words, unusedIo, null)
  const all: CommandHelp[] = [
    { name: words.join(' '), ...readHelp(help), help: await helpOf(words, unusedIo, 80) },
  ]
  for (const { name: usage, text } of entriesIn(help, 'Commands')) {
    const word = usage.split(' ')[words.length + 1] ?? ''
    if (word === scripted)
      all.push({ name: word, usage, description: text, positionals: [], options: [], help: usage })
    else all.push(...(await readCommands([...words, word])))
  }
  return all
}

/** @throws Error if src/docs/commands.ts does not describe the command */
const aboutOf = ({ name }: CommandHelp): string => {
  const text = about.get(name)
  if (text === undefined) throw new Error(`src/docs/commands.ts says nothing about ${name}`)
  return text
}

const exitCodes = 'Exit codes: 0 done, 1 failed (stderr says why), 2 wrong usage.'
const signals =
  'SIGTERM and SIGINT end a command in good order, within two seconds; a second one at once. SIGHUP makes `run` open its output again, and read the ignore list again.'
const streams =
  "Data goes to stdout; the program's own log goes to stderr, as JSON lines, or as sentences on a terminal."

/** `docs/cli.md`. */
export const cliPage = ([program, ...commands]: readonly CommandHelp[]): string =>
  `# The command line

This page says what each command and each flag of \`domainstats\` does.

${exitCodes} ${signals} ${streams}

\`\`\`
${program?.help ?? ''}
\`\`\`

${commands.map(command => `## ${command.name}\n\n${aboutOf(command)}\n\n\`\`\`\n${command.help}\n\`\`\`\n`).join('\n')}
_Made by \`make docs\` from the code: change it there._
`

/* The man page: man(7). */

const escaped = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-')

/** Markdown of one paragraph as roff: backticks become bold, and a leading `.` or `'`, a request in roff, is escaped. */
const roff = (text: string): string =>
  escaped(text.replaceAll('\n', ' '))
    .replace(/`([^`]*)`/g, '\\fB$1\\fR')
    .replace(/^(?=[.'])/, '\\&')

const entries = (list: readonly Entry[]): string =>
  list.map(({ name, text }) => `.TP\n\\fB${escaped(name)}\\fR\n${roff(text)}\n`).join('')

const manOf = (command: CommandHelp): string =>
  `.SS "${command.usage.replaceAll('-', '\\-')}"
${aboutOf(command).split('\n\n').map(roff).join('\n.PP\n')}
${entries([...command.positionals, ...command.options])}`

/** `docs/domainstats.1`. */
export const manPage = ([, ...commands]: readonly CommandHelp[]): string =>
  `.\\" Made by make docs from the code: change it there.
.TH DOMAINSTATS 1 "" "domainstats ${version}" "User Commands"
.SH NAME
domainstats \\- says which DNS domains in Zeek and Suricata logs are new
.SH SYNOPSIS
.B domainstats
.I command
.RI [ options ]
.SH DESCRIPTION
${roff('`domainstats` follows the DNS logs of Zeek and Suricata and writes a record for each domain that is new: new to you (first contact), new to the world (registered lately), or strange to look at.')}
.PP
${roff(streams)}
.SH COMMANDS
${commands.map(manOf).join('')}.SH EXIT STATUS
${roff(exitCodes.replace(/^Exit codes: /, ''))}
.SH SIGNALS
${roff(signals)}
.SH FILES
.TP
\\fBdomainstats.yaml\\fR
Settings, in the data folder.
.TP
\\fBdomainstats.sqlite\\fR
What is known, in the data folder.
.TP
\\fBdomainstats.log\\fR
The records; by default in the data folder.
.SH SEE ALSO
.BR zeek (8),
.BR suricata (1)
.PP
The pages of docs/ tell the rest: settings, alerts, look\\-ups, what happens when.
`

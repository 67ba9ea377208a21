/**
 * Reads an `apiify.yaml`, the settings of APIify (github.com/MarkBaggett/apiify), as a command and the port that answers for
 * it. What APIify would hand to a shell is refused, with the words to write instead.
 */
import * as z from 'zod'
import { readBaseCommand, webinfo, withDashes } from './apiify-argv.js'
import { meaningOf, type ProgramMeaning } from './apiify-accepts.js'
import { checkConfig, sizeFinding, type ConfigFault } from './check.js'
import { docs, flag, optional, path, required, setting, textKind, whole } from './kinds.js'
import { excerpt } from './problem.js'
import { rewritePython } from './python-expression.js'
import { apiifyPortDefault } from './schema-apiify.js'
import { valuePlace } from './schema-command-keys.js'
import type { CommandSettings } from './schema-commands.js'
import { readYaml } from './yaml.js'

/* The keys of the file */

const expressions = { schema: z.string().max(4096), values: 'a regular expression' }
const words = {
  schema: z.preprocess(value => (typeof value === 'number' ? String(value) : value), z.string().max(1024)),
  values: 'text',
}

const fileShape = {
  base_command: required(textKind(4096, 'a command line'), 'The program and its words.'),
  result_regex: optional(expressions, 'What is taken from the output.'),
  regex_findall: setting(flag, false, 'Whether each match counts.'),
  regex_multiline: setting(flag, false, 'Whether ^ and $ stand for the ends of lines.'),
  regex_ignorecase: setting(flag, false, 'Whether upper and lower case are the same.'),
  regex_dotall: setting(flag, false, 'Whether a dot matches the end of a line.'),
  item_hours_in_cache: optional(whole(-2, 87_600, 'hours'), 'How long an answer is kept.'),
  cached_max_items: optional(whole(0, Number.MAX_SAFE_INTEGER, 'answers'), 'How many are kept.'),
  no_caching_this_error: optional(words, 'An output with this text is not kept.'),
  no_caching_when_stderr: optional(words, 'The same, as older versions call it.'),
  combine_stderr_stdout: setting(flag, false, 'Whether stderr is a part of the output.'),
  block_command_injection: setting(flag, true, 'Whether there is no shell.'),
  local_address: optional(textKind(255, 'an IP address'), 'Where it listens.'),
  local_port: optional(whole(0, 65_535), 'The TCP port.'),
  cache_file: optional(path('the path of a file'), 'Where answers are kept.'),
  debug_statements: optional(flag, 'Whether it prints what it does.'),
}

const fileSchema = z.object(fileShape)
type ApiifyFile = z.output<typeof fileSchema>
type Key = keyof typeof fileShape
const isKey = (key: string): key is Key => Object.hasOwn(fileShape, key)

/** A mistake in a key of the file, before its line is known. */
interface Mistake {
  readonly key: Key
  readonly message: string
  readonly remedy: string
}

/* The command */

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** APIify keeps no blank answer either. */
const uncached = (words: string | undefined): string =>
  words === undefined || words === '' ? '/^\\s*$/' : `/^\\s*$|${literal(words)}/`

const resultOf = (file: ApiifyFile) => {
  if (file.result_regex === undefined || file.result_regex === '') return undefined
  const written = rewritePython(file.result_regex, file.regex_multiline)
  const flags = [
    ...written.flags,
    ...(file.regex_multiline ? ['multiline' as const] : []),
    ...(file.regex_ignorecase ? ['ignorecase' as const] : []),
    ...(file.regex_dotall ? ['dotall' as const] : []),
  ]
  return { ...written, flags: [...new Set(flags)] }
}

const commandOf = (
  file: ApiifyFile,
  words: readonly string[],
  accepts: string,
  known: Partial<ProgramMeaning>,
) => {
  const result = resultOf(file)
  return {
    argv: withDashes(words, known),
    accepts,
    ...(known.timeoutSeconds !== undefined && { timeout_seconds: known.timeoutSeconds }),
    ...(file.combine_stderr_stdout && { stderr: 'merge' }),
    ...(file.item_hours_in_cache !== undefined && { keep_hours: file.item_hours_in_cache }),
    no_cache_when: uncached(file.no_caching_this_error ?? file.no_caching_when_stderr),
    ...(result && {
      result: {
        regex: result.regex,
        ...(result.flags.length > 0 && { flags: result.flags }),
        ...(file.regex_findall ? { all: true } : { required: true }),
      },
    }),
  }
}

/** As a setting has a host with a port. */
const portOf = ({ local_address, local_port }: ApiifyFile): string => {
  const port = local_port === undefined ? apiifyPortDefault : String(local_port)
  if (local_address === undefined) return port
  return local_address.includes(':') ? `[${local_address}]:${port}` : `${local_address}:${port}`
}

/* Notes */

const notesOf = (
  file: ApiifyFile,
  unknown: readonly string[],
  accepts: string,
  known: ProgramMeaning | undefined,
): string[] => {
  const result = resultOf(file)
  const { named = 0, unnamed = 0 } = result?.groups ?? {}
  const hasPlace = file.base_command.includes(webinfo)
  return [
    known === undefined
      ? `accepts: ${accepts}, as asked for`
      : `accepts: ${accepts}, since the program is ${known.program}; --accepts chooses another kind`,
    ...(hasPlace ? [] : [`base_command has no ${webinfo}: the value is its last word`]),
    ...(/['"\\]/.test(file.base_command)
      ? ['base_command: its quotes are read as a shell reads them; APIify hands them to the program']
      : []),
    ...(file.regex_findall && named > 0 && unnamed > 0
      ? ['result_regex: of named and unnamed groups only the named ones are taken']
      : []),
    ...(!file.regex_findall && named === 0 && unnamed > 0
      ? ['result_regex has no named group: its groups become a list, where APIify gives {}']
      : []),
    ...(file.cached_max_items === undefined
      ? []
      : ['cached_max_items: there is one bound for the answers of all commands']),
    ...(file.cache_file === undefined
      ? []
      : ['cache_file: answers are kept in the database; a pickle can run code and is not read']),
    ...(file.debug_statements === undefined ? [] : ['debug_statements: has no effect']),
    ...(file.local_address === '0.0.0.0' || file.local_address === '::'
      ? [
          'local_address: other machines are answered if their addresses are private; see http_allow and http_token_file',
        ]
      : []),
    ...unknown.map(key => `${excerpt(key)}: unknown key, not read`),
  ]
}

/* The file */

export interface ApiifyImport {
  /** What the command is called here. */
  readonly name: string
  /** As it is written in the settings. */
  readonly command: Readonly<Record<string, unknown>>
  /** The same under its name, checked. */
  readonly commands: Readonly<Record<string, CommandSettings>>
  /** Where APIify listens: `127.0.0.1:8000`. */
  readonly port: string
  /** What was chosen, and what has no effect: a line each, in printable characters. */
  readonly notes: readonly string[]
}

export interface ApiifyChoices {
  /** Undefined: the name of the program. */
  readonly name?: string | undefined
  /** Undefined: by the program. */
  readonly accepts?: string | undefined
}

const mistakesIn = ({ issues }: z.ZodError, value: object): Mistake[] =>
  issues.flatMap(({ path: [key] }) => {
    if (typeof key !== 'string' || !isKey(key)) return []
    const message = Object.hasOwn(value, key) ? 'is not possible here' : 'required'
    return [{ key, message, remedy: `Give ${docs.get(fileShape[key])?.values ?? 'text'}.` }]
  })

const noShell: Mistake = {
  key: 'block_command_injection',
  message: 'False hands each value to a shell, in which it may run anything',
  remedy: 'Set it to True. What needs a shell is declared as argv: [sh, -c, SCRIPT, sh, "{value}"].',
}

/** A word that a command may be called by. */
const nameFor = (program: string): string =>
  program
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 32) || 'apiify'

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is wrong with the file as a whole. @param words undefined: its command line is refused */
const mistakesOf = (
  file: ApiifyFile,
  words: readonly string[] | undefined,
  accepts: string | undefined,
): Mistake[] => {
  const python = resultOf(file)?.unreadable
  const mistakes: Mistake[] = []
  if (!file.block_command_injection) mistakes.push(noShell)
  if (words && accepts === undefined)
    mistakes.push({
      key: 'base_command',
      message: `does not tell which values ${excerpt(words[0] ?? '')} takes`,
      remedy: 'Say it by --accepts, or by apiify.accepts: domain, host, ip, cidr or /an expression/.',
    })
  if (python !== undefined)
    mistakes.push({
      ...{ key: 'result_regex', message: `has ${python}, which only Python reads` },
      remedy: 'Write it without.',
    })
  return mistakes
}

/** The key of the file that a setting was made of. */
const keyBehind = (setting: string): Key => {
  if (setting.includes('.result')) return 'result_regex'
  return setting.startsWith('apiify') ? 'local_address' : 'base_command'
}

/** Makes the command of a file that is well-formed. */
const importOf = (
  file: ApiifyFile,
  unknown: readonly string[],
  choices: ApiifyChoices,
): ApiifyImport | { readonly mistakes: readonly Mistake[] } => {
  const read = readBaseCommand(file.base_command)
  const words = 'message' in read ? undefined : read
  const known = words && meaningOf(words, valuePlace)
  const accepts = choices.accepts ?? known?.accepts
  const mistakes = mistakesOf(file, words, accepts)
  if ('message' in read) mistakes.push({ key: 'base_command', ...read })
  if (mistakes.length > 0 || !words || accepts === undefined) return { mistakes }
  const name = choices.name ?? nameFor(known?.program ?? words[0]?.replace(/^.*\//s, '') ?? '')
  const command = commandOf(file, words, accepts, known ?? {})
  const port = portOf(file)
  const checked = checkConfig(
    { commands: { [name]: command }, apiify: { command: name, port } },
    () => undefined,
  )
  if ('findings' in checked)
    return {
      mistakes: checked.findings.map(({ key, message, remedy }) => ({
        ...{ key: keyBehind(key), message: `as ${key}: ${message}`, remedy },
      })),
    }
  const chosenBy = choices.accepts === undefined ? known : undefined
  return {
    name,
    command,
    commands: checked.config.commands,
    port,
    notes: notesOf(file, unknown, accepts, chosenBy),
  }
}

/**
 * Reads the text of an `apiify.yaml`. Never throws; returns all problems.
 *
 * @returns what it declares, or what is wrong with it
 */
export const readApiify = (
  text: string,
  choices: ApiifyChoices,
): ApiifyImport | { readonly findings: readonly ConfigFault[] } => {
  const tooLarge = sizeFinding(Buffer.byteLength(text))
  if (tooLarge.length > 0) return { findings: tooLarge }
  const tree = readYaml(text)
  if ('errors' in tree) return { findings: tree.errors }
  const value = tree.value ?? {}
  if (tree.findings.length > 0) return { findings: tree.findings }
  if (!isMapping(value))
    return {
      findings: [
        {
          ...{ line: 1, key: '', message: 'not a mapping of keys to values' },
          remedy: 'Give an apiify.yaml.',
        },
      ],
    }
  const parsed = fileSchema.safeParse(value)
  const unknown = Object.keys(value).filter(key => !isKey(key))
  const read = parsed.success
    ? importOf(parsed.data, unknown, choices)
    : { mistakes: mistakesIn(parsed.error, value) }
  if (!('mistakes' in read)) return read
  const findings = read.mistakes.map(mistake => ({ line: tree.lineOf([mistake.key]), ...mistake }))
  return { findings: findings.sort((a, b) => a.line - b.line) }
}

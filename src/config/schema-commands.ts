/**
 * The settings of commands, which are asked about a value, and whose answers are kept: programs (`argv`), and presets, which
 * fill in the keys of a program or are services that we ask ourselves.
 */
import * as z from 'zod'
import { commandOutputBytesDefault, commandOutputBytesMax, commandsMax, commandWordsMax } from '../limits.js'
import { choice, flag, optional, required, secret, setting, whole } from './kinds.js'
import { programPresetNames, programPresets } from './command-presets.data.js'
import {
  accepted,
  acceptedValues,
  commandTurnsShape,
  expressionOf,
  keptShape,
  timeoutSeconds,
  valuePlace,
} from './schema-command-keys.js'
import { commandServices, serviceShapes } from './schema-services.js'

/** Escapes, and classes, in which brackets mean themselves; and what Python writes in another way. */
const pythonGroup = /\\.|\[(?:\\.|[^\]\\])*\]|\(\?P<(?=[A-Za-z_])|\(\?P=(\w+)\)/gs

/** Named groups as Python writes them, `(?P<x>…)` and `(?P=x)`, in the syntax of JavaScript. */
export const fromPython = (expression: string): string =>
  expression.replace(pythonGroup, (found, name?: string) => {
    if (name !== undefined) return `\\k<${name}>`
    return found.startsWith('(') ? '(?<' : found
  })

const compiles = (expression: string): boolean => {
  try {
    return new RegExp(fromPython(expression)) instanceof RegExp
  } catch {
    return false // SyntaxError: the only one that it throws
  }
}

const expression = z.string().min(1).max(4096).refine(compiles, 'is no regular expression')

const slashed = z
  .string()
  .max(4096)
  .refine(text => compiles(expressionOf(text) ?? '('), 'is no regular expression between slashes')

/* argv */

/** Programs that read the word behind such an option as a program in their language. */
const interpreter = /^(?:(?:ba|da|a|z|k|fi)?sh|busybox|env|python[\d.]*|perl|ruby|node|php|lua|awk|gawk)$/
const readsProgram = /^-[a-z]*[cerE]$/

/** Why a list of words cannot be run with a value; undefined if it can. */
const faultOf = (argv: readonly string[]): string | undefined => {
  const places = argv.flatMap((word, at) => Array<number>(word.split(valuePlace).length - 1).fill(at))
  const [at] = places
  if (at === undefined || places.length > 1) return `must hold ${valuePlace} once`
  if (at === 0) return `must begin with a program, and ${valuePlace} is a word behind it`
  const reader = argv
    .slice(0, at)
    .map(word => word.replace(/^.*\//s, ''))
    .find(word => interpreter.test(word))
  return reader !== undefined && readsProgram.test(argv[at - 1] ?? '')
    ? `would let ${reader} run the value as a program: put ${valuePlace} into a word of its own behind that`
    : undefined
}

const argv = {
  schema: z
    .array(
      z
        .string()
        .min(1)
        .max(4096)
        .regex(/^\P{Cc}*$/u, 'holds a control character'),
    )
    .min(1)
    .max(commandWordsMax)
    .superRefine((words, context) => {
      const fault = faultOf(words)
      if (fault !== undefined) context.addIssue({ code: 'custom', input: words.join(' '), message: fault })
    }),
  values: `a list of words, numbers in quotes, with ${valuePlace} once, such as [whois, --, "{value}"]`,
}

const env = {
  schema: z.array(
    z
      .string()
      .max(4096)
      .regex(/^[A-Za-z_]\w*(?:=\P{Cc}*)?$/u, 'is neither NAME nor NAME=value'),
  ),
  values: 'a list of names of variables, or of NAME=value',
}

/* result */

const flags = choice('multiline', 'ignorecase', 'dotall')

const types = {
  schema: z.record(z.string().regex(/^\w{1,64}$/), z.enum(['int', 'float', 'date'])),
  values: 'a mapping of groups (by name, or by number from 1 on) to int, float or date',
}

export const commandResultShape = {
  regex: required(
    { schema: expression, values: 'a regular expression' },
    'What is taken from the output: named groups become an object, unnamed ones a list; without groups it is the match.',
  ),
  flags: setting(
    { schema: z.array(flags.schema), values: 'a list of multiline, ignorecase and dotall' },
    [],
    'How the expression is read.',
  ),
  all: setting(flag, false, 'Whether each match counts, and the result is a list of them.'),
  types: setting(types, {}, 'Groups that are numbers or dates; what cannot be read as such becomes null.'),
  required: setting(flag, false, 'Whether a run has failed if nothing is found.'),
}

const result = {
  schema: z.strictObject(commandResultShape).readonly(),
  values: 'a mapping with regex, flags, all, types and required',
}

export const commandShape = {
  argv: required(argv, 'The program and its words. It is run as it stands here, without a shell.'),
  accepts: required(acceptedValues, accepted),
  timeout_seconds: setting(
    timeoutSeconds,
    10,
    'After so long the program is ended, with all that it has started.',
  ),
  ...commandTurnsShape,
  output_bytes_max: setting(
    whole(1, commandOutputBytesMax, 'bytes'),
    commandOutputBytesDefault,
    'With more output the program is ended, and the run has failed.',
  ),
  stderr: setting(
    choice('merge', 'drop'),
    'drop',
    'Whether what it writes to stderr is part of the output, in the order in which it comes.',
  ),
  env: secret(
    setting(
      env,
      [],
      'Variables that the program gets besides PATH and LC_ALL: by name those of domainstats, or with a value.',
    ),
  ),
  ...keptShape,
  no_cache_when: optional(
    { schema: slashed, values: 'a regular expression between slashes' },
    'An output in which this is found, in upper or lower case, is not kept.',
  ),
  result: optional(result, 'What is taken from the output; without it, the whole output as text.'),
}

/* Presets */

/** A command that runs a program; `preset` is the one that filled in keys of it. */
const program = z.strictObject({ preset: z.literal(programPresetNames).optional(), ...commandShape })

/** The key that each command may have. */
export const presetShape = {
  preset: optional(
    choice(...programPresetNames, ...serviceShapes.keys()),
    'What fills in the other keys; those that are written here win. Services have keys of their own.',
  ),
}

/** What a preset writes into the settings, under what the user has written. */
const presetKeys: ReadonlyMap<unknown, object> = new Map(Object.entries(programPresets))

/** First the preset, so that a wrong one is the only problem. */
const command = z
  .looseObject(presetShape)
  .transform(given => ({ ...presetKeys.get(given.preset), ...given }))
  .pipe(z.discriminatedUnion('preset', [program, ...commandServices]))
  .readonly()

export type CommandSettings = z.output<typeof command>

/** Of a command that runs a program. */
export type ProgramSettings = z.output<typeof program>

/** One word, for paths and the command line. */
export const commandName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/)

export const commands = {
  schema: z
    .record(commandName, command)
    .refine(all => Object.keys(all).length <= commandsMax, `has more than ${commandsMax} commands`),
  values:
    'a mapping of names, of at most 32 of a-z, 0-9, _ and -, to commands with argv and accepts, or with preset',
}

/** The flags of `tag`, for yargs. Each command is loaded when it runs. */
import type { Argv } from 'yargs'
import { tagNames } from '../model/tag.js'
import { tagFormats } from '../transfer/formats.js'
import { data, once, value } from './flags.js'
import type { Io } from './io.js'

const tagFlag = { choices: tagNames, requiresArg: true } as const
const source = { ...value, describe: 'who says so: a list, a person, a program' } as const
const values = { type: 'string', demandOption: true, array: true } as const

const withValues = (y: Argv, io: Io) =>
  y
    .command(
      'add <tag> <values..>',
      'tag names with all below them, addresses or networks',
      y =>
        y
          .positional('tag', { choices: tagNames, demandOption: true, describe: 'what they are to you' })
          .positional('values', { ...values, describe: 'names, addresses, networks, as they were pasted' })
          .option('note', { ...value, describe: 'why' })
          .option('source', source)
          .option('data', data)
          .check(once('note', 'source', 'data')),
      async flags => (await import('./tag.js')).addTags(flags, io),
    )
    .command(
      'remove <values..>',
      'remove the tags of values',
      y =>
        y
          .positional('values', { ...values, describe: 'names, addresses, networks' })
          .option('tag', { ...tagFlag, describe: 'only this one' })
          .option('data', data)
          .check(once('tag', 'data')),
      async flags => (await import('./tag.js')).removeTags(flags, io),
    )
    .command(
      'list',
      'show the tags',
      y =>
        y
          .option('tag', { ...tagFlag, describe: 'only this one' })
          .option('data', data)
          .check(once('tag', 'data')),
      async flags => (await import('./tag.js')).listTags(flags, io),
    )

const withFiles = (y: Argv, io: Io, dash: (word: string) => string) =>
  y
    .command(
      'import <file>',
      'take tags from CSV, a plain list, STIX 2, MISP or a MISP warninglist; - for stdin',
      y =>
        y
          .positional('file', {
            type: 'string',
            demandOption: true,
            coerce: dash,
            describe: 'the list; - for stdin',
          })
          .option('tag', { ...tagFlag, describe: 'the tag of all its values, whatever the list says' })
          .option('source', source)
          .option('data', data)
          .check(once('tag', 'source', 'data')),
      async flags => (await import('./tag.js')).importTagList(flags, io),
    )
    .command(
      'export <file>',
      'write the tags as CSV, STIX 2.1 or a MISP event; - for stdout',
      y =>
        y
          .positional('file', {
            type: 'string',
            demandOption: true,
            coerce: dash,
            describe: 'where to; - for stdout',
          })
          .option('tag', { ...tagFlag, describe: 'only this one' })
          .option('format', {
            choices: tagFormats,
            requiresArg: true,
            default: 'csv' as const,
            describe: 'of the file',
          })
          .option('data', data)
          .check(once('tag', 'format', 'data')),
      async flags => (await import('./tag.js')).exportTags(flags, io),
    )

/** Adds `tag` with its commands. @param dash restores a lone `-`, which yargs cannot read */
export const withTags = (y: Argv, io: Io, dash: (word: string) => string): Argv =>
  y.command('tag', 'say what you know of names and addresses: trust, interest, threat', y =>
    withFiles(withValues(y, io), io, dash).demandCommand(
      1,
      'Which tag command? add, remove, list, import or export',
    ),
  )

/** The flags of `tag` and `mute`, for yargs: what a site says of names and addresses. Each command is loaded when it runs. */
import type { Argv } from 'yargs'
import { droppableAlerts, tagNames } from '../model/tag.js'
import { tagFormats } from '../transfer/formats.js'
import { data, offFlag, once, value } from './flags.js'
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

/** Adds `mute` with its commands. */
export const withMutes = (y: Argv, io: Io): Argv =>
  y.command('mute', 'say "not again" of alerts, for a time', y =>
    y
      .command(
        'add [domain]',
        'raise no alerts that are all of these, until a time',
        y =>
          y
            .positional('domain', { type: 'string', describe: 'a name, with all names below it' })
            .option('client', { ...value, describe: 'an address or a network that asks' })
            .option('alert', { choices: droppableAlerts, requiresArg: true, describe: 'only this alert' })
            .option('for', {
              ...value,
              demandOption: true,
              describe: 'how long: 12h, 7d, 4w; a year at most',
            })
            .option('note', { ...value, describe: 'why' })
            .option('by', { ...value, describe: 'who says so (default: your user)' })
            .option('data', data)
            .check(once('client', 'alert', 'for', 'note', 'by', 'data')),
        async ({ domain, client, alert, for: span, note, by, data }) =>
          (await import('./mute.js')).addMute({ domain, client, alert, span, note, by, data }, io),
      )
      .command(
        'list',
        'show the mutes, and how many records lost an alert to each',
        y =>
          y
            .option('json', { ...offFlag, describe: 'JSON lines, also on a terminal' })
            .option('data', data)
            .check(once('data')),
        async ({ json, data }) => (await import('./mute.js')).listMutes({ json, data }, io),
      )
      .command(
        'remove <number>',
        'end a mute',
        y =>
          y
            .positional('number', { type: 'number', demandOption: true, describe: 'as mute list shows it' })
            .option('data', data)
            .check(once('data')),
        async ({ number, data }) => (await import('./mute.js')).removeMute({ number, data }, io),
      )
      .demandCommand(1, 'Which mute command? add, list or remove'),
  )

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseConfig } from '../config/parse.js'
import { alerts } from '../detect/alerts.js'
import { readHelp } from './cli-pages.js'
import { table, withTable, withUnit } from './pages.js'
import { constantsOf, listOf, parseText, textsOf, variantsOf } from './typescript.js'

void t.test('constants are read with the comment over each, and the part in which they stand', t => {
  const file = parseText(`/** The file. */
/* What is read */

/** One line, \`a | b\`. */
export const lineBytesMax = 1024
/**
 * Over two
 * lines.
 */
export const retryMs = 1_000
const hidden = 1
/* What is kept */

export const bare = 2
`)
  t.strictSame(constantsOf(file), [
    { name: 'lineBytesMax', text: 'One line, `a | b`.', part: 'What is read' },
    { name: 'retryMs', text: 'Over two lines.', part: 'What is read' },
    { name: 'bare', text: '', part: 'What is kept' },
  ])
  t.end()
})

void t.test('unions and lists are read with the comment of each member', t => {
  const file = parseText(`export type Category =
  /** Young. */
  | 'NEW'
  | 'OLD'
export const skips = [
  'empty', // a blank line
  'ip',
] as const
export type Report =
  /** A batch. */
  | { readonly kind: 'batch'; readonly lines: number }
  /** Lost. */
  | {
      readonly kind: 'lost'
      /** Bytes behind it. */
      readonly bytes?: number
    }
`)
  t.strictSame(textsOf(file, 'Category'), [
    { name: 'NEW', text: 'Young.' },
    { name: 'OLD', text: '' },
  ])
  t.strictSame(listOf(file, 'skips'), [
    { name: 'empty', text: 'a blank line' },
    { name: 'ip', text: '' },
  ])
  t.strictSame(variantsOf(file, 'Report'), [
    {
      name: 'batch',
      text: 'A batch.',
      fields: [{ name: 'lines', text: '', type: 'number', isOptional: false }],
    },
    {
      name: 'lost',
      text: 'Lost.',
      fields: [{ name: 'bytes', text: 'Bytes behind it.', type: 'number', isOptional: true }],
    },
  ])
  t.throws(() => textsOf(file, 'Nothing'), /has no union Nothing/)
  t.end()
})

void t.test('a value is printed with the unit in its name', t => {
  for (const [name, value, text] of [
    ['lineBytesMax', 1024 * 1024, '1 MiB'],
    ['shownBytesMax', 80, '80 bytes'],
    ['retryMs', 1_000, '1 s'],
    ['stopWithinMs', 1_500, '1,500 ms'],
    ['busyPauseMsMax', 3_600_000, '1 h'],
    ['bootstrapKeptMsMax', 7 * 86_400_000, '7 days'],
    ['lagSecondsMax', 60, '60 s'],
    ['pacePerSecondMin', 0.05, '0.05 a second'],
    ['nameCharsMax', 253, '253 characters'],
    ['askedMax', 100_000, '100,000'],
  ] as const)
    t.equal(withUnit(name, value), text, name)
  t.end()
})

void t.test('a table keeps its columns whatever stands in it', t => {
  t.equal(table(['a', 'b'], [['||x^', '']]), '| a | b |\n| --- | --- |\n| \\|\\|x^ |  |\n')
  t.equal(
    withTable('before\n<!-- t: made by make docs -->\nold\n<!-- end of t -->\nafter', 't', '| x |\n'),
    'before\n<!-- t: made by make docs -->\n\n| x |\n\n<!-- end of t -->\nafter',
  )
  t.throws(() => withTable('', 't', ''), /no place/)
  t.end()
})

void t.test('help is parsed into its entries, without empty notes', t => {
  const help = `domainstats import [file]

take a list

Positionals:
  file  the list; - for stdin  [string]

Options:
  -h, --help    Show help  [boolean]
      --data    data folder  [string] [required]
      --format  the format  [choices: "json", "csv"]
      --seen    no first contact  [boolean] [default: false]`
  t.strictSame(readHelp(help), {
    usage: 'domainstats import [file]',
    description: 'take a list',
    positionals: [{ name: 'file', text: 'the list; - for stdin' }],
    options: [
      { name: '--data', text: 'data folder (required)' },
      { name: '--format', text: 'the format (choices: "json", "csv")' },
      { name: '--seen', text: 'no first contact' },
    ],
  })
  t.end()
})

void t.test('the README names each alert', t => {
  const readme = readFileSync('README.md', 'utf8')
  for (const { name } of alerts) t.match(readme, `\`${name}\``)
  t.end()
})

void t.test('each configuration in README and docs is one that the program takes', t => {
  const pages = readdirSync('docs').filter(name => name.endsWith('.md'))
  for (const path of ['README.md', ...pages.map(name => `docs/${name}`)])
    for (const [, yaml = ''] of readFileSync(path, 'utf8').matchAll(/```yaml\n([^]*?)```/g))
      t.match(parseConfig(yaml, path), { config: {} }, path)
  t.end()
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod'
import { builtInRelease, builtInSuffixes, readSuffixes } from './psl.js'

void t.test('the date of the built-in list belongs to the tldts that is installed', t => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync('node_modules/tldts/package.json', 'utf8')))
  t.equal(builtInRelease.version, version, 'a new tldts: its date is in `npm view tldts time`')
  t.equal(builtInSuffixes.madeAt, builtInRelease.madeAt)
  t.end()
})

void t.test('a list says when it was made, since 2025', t => {
  const list = '// ===BEGIN ICANN DOMAINS===\ncom\n// ===END ICANN DOMAINS===\n'
  const head = '// Please pull this list from here\n// VERSION: 2026-03-01_08-12-33_UTC\n// COMMIT: 1234\n'
  t.equal(readSuffixes(head + list)?.madeAt, Date.UTC(2026, 2, 1, 8, 12, 33))
  t.equal(readSuffixes(list)?.madeAt, undefined)
  t.equal(readSuffixes(`// VERSION: soon\n${list}`)?.madeAt, undefined)
  t.end()
})

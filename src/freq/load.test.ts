import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freqTableBytesMax } from '../limits.js'
import { loadFreqTable } from './load.js'
import { score } from './score.js'

const table = '[true, "", [["a", [["b", 3], ["c", 1]]]]]'

void t.test('a table is found in the data directory, or by its full path', async t => {
  const dir = t.testdir({ 'own.freq': table })
  for (const setting of ['own.freq', './own.freq', join(dir, 'own.freq')]) {
    t.same(score(await loadFreqTable(setting, dir), 'ab'), { average: 75, word: 75 }, setting)
  }
})

void t.test('the built-in table needs no file', async t => {
  const builtIn = await loadFreqTable('built-in', '/nowhere')
  const low = score(builtIn, 'kq3v9z7x1bqw.com')
  const high = score(builtIn, 'mountainview.com')
  t.ok(low.average < 5 && low.word < 4, 'what no human chose scores low')
  t.ok(high.average >= 5 && high.word >= 4, 'what a human chose does not')
})

void t.test('a table file is read as latin1, as by freq', async t => {
  const dir = t.testdir({})
  await writeFile(join(dir, 'latin1.freq'), '[true, "", [["ü", [["ü", 1]]]]]', 'latin1')
  t.same(score(await loadFreqTable('latin1.freq', dir), 'üü'), { average: 100, word: 100 })
})

void t.test('a table that cannot be used says which, why, and what to do', async t => {
  const dir = t.testdir({ 'broken.freq': '[true', 'empty.freq': '', 'big.freq': '' })
  await mkdir(join(dir, 'folder.freq'))
  await truncate(join(dir, 'big.freq'), freqTableBytesMax + 1)
  const refused: [string, RegExp][] = [
    ['freqtable2018.freq', /freqtable2018\.freq: no such file; set `freq_table: built-in`/],
    ['no/such/folder.freq', /no such file/],
    ['broken.freq', /broken\.freq: not a freq table: it is not JSON; set `freq_table: built-in`/],
    ['empty.freq', /it is not JSON/],
    ['folder.freq', /not a regular file/],
    ['/dev/zero', /not a regular file/],
    ['big.freq', /big\.freq: larger than 16777216 bytes/],
    ['broken.freq/below', /ENOTDIR.*; set `freq_table: built-in`/],
    ['null\0byte', /null/],
  ]
  for (const [setting, error] of refused) {
    await t.rejects(loadFreqTable(setting, dir), { message: error }, JSON.stringify(setting))
  }
})

void t.test('a table of exactly the limit is read', async t => {
  const dir = t.testdir({})
  await writeFile(join(dir, 'full.freq'), table.padEnd(freqTableBytesMax))
  t.same(score(await loadFreqTable('full.freq', dir), 'ac'), { average: 25, word: 25 })
})

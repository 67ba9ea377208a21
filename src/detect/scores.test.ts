/** Each score: switched by the settings, and in its place in the log, in answers and in lists. */
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { fields } from '../output/json.js'
import { freqOf, openScores, type ScoreName, scores } from './scores.js'

/** A name that looks chosen and one that looks drawn. The compiler finds the score that is forgotten here. */
const cases: Readonly<Record<ScoreName, readonly [chosen: string, drawn: string]>> = {
  freq_avg_prob: ['stonebridge.com', 'xq7zkv9wq.com'],
  freq_word_prob: ['stonebridge.com', 'xq7zkv9wq.com'],
}

void t.test('random names score low', async t => {
  const scoresOf = await openScores(configSchema.parse({}), undefined)
  for (const [name, [chosen, drawn]] of Object.entries(cases))
    t.ok((scoresOf(chosen)[name] ?? 0) > (scoresOf(drawn)[name] ?? Infinity), name)
  t.same(Object.keys(scoresOf('a.com')), Object.keys(cases), 'in the order of the list')
})

void t.test(
  'scores that are switched off are missing, and a malformed table is refused by its name',
  async t => {
    const off = await openScores(configSchema.parse({ enable_freq_scores: false }), undefined)
    t.same(off('a.com'), {})
    t.equal(freqOf({}), undefined)
    t.same(freqOf({ freq_avg_prob: 1, freq_word_prob: 0 }), { average: 1, word: 0 })
    const missing = configSchema.parse({ freq_table: 'no.freq' })
    await t.rejects(openScores(missing, t.testdir()), { message: /^freq_table: .*no\.freq: no such file/ })
  },
)

void t.test(
  'each score is a field of the log, and those of domain_stats 1.x are among its ten columns',
  t => {
    const names = fields.map(({ name }) => name)
    for (const entry of scores)
      for (const name of entry.names) t.equal(names.indexOf(name) < 10, 'isOfOriginal' in entry, name)
    t.end()
  },
)

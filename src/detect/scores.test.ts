/** Each score: switched by the settings, and in its place in the log, in answers and in lists. */
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { fields } from '../output/json.js'
import { dgaScoreOf, freqOf, openScores, type ScoreName, scores } from './scores.js'

/** A name that looks chosen and one that looks drawn. The compiler finds the score that is forgotten here. */
const cases: Readonly<Record<ScoreName, readonly [chosen: string, drawn: string]>> = {
  freq_avg_prob: ['stonebridge.com', 'xq7zkv9wq.com'],
  freq_word_prob: ['stonebridge.com', 'xq7zkv9wq.com'],
  dga_score: ['stonebridge.com', 'xq7zkv9wq.com'],
}
/** Of this one the high values look random. */
const isHighRandom = (name: string): boolean => name === 'dga_score'

void t.test('random names have low letter scores and a high dga_score', async t => {
  const scoresOf = await openScores(configSchema.parse({}), undefined)
  for (const [name, [chosen, drawn]] of Object.entries(cases)) {
    const [of, random] = [scoresOf(chosen, chosen)[name] ?? NaN, scoresOf(drawn, drawn)[name] ?? NaN]
    t.ok(isHighRandom(name) ? of < random : of > random, `${name}: ${of} and ${random}`)
  }
  t.same(Object.keys(scoresOf('a-name.com', 'a-name.com')), Object.keys(cases), 'in the order of the list')
})

void t.test('a name that is too short, in another script or assigned has no dga_score', async t => {
  const scoresOf = await openScores(configSchema.parse({}), undefined)
  const of = (domain: string, registrable = domain) => dgaScoreOf(scoresOf(domain, registrable))
  t.equal(of('abcde.com'), undefined)
  t.equal(of('xn--bcher-kva.de'), undefined)
  t.equal(of('d111111abcdef8.cloudfront.net', 'cloudfront.net'), undefined)
  t.type(of('d111111abcdef8.duckdns.org', 'duckdns.org'), 'number')
})

void t.test(
  'scores that are switched off are missing, and a malformed table is refused by its name',
  async t => {
    const off = await openScores(
      configSchema.parse({ enable_freq_scores: false, dga_score: false }),
      undefined,
    )
    t.same(off('stonebridge.com', 'stonebridge.com'), {})
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

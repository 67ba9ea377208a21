/** Bursts of families that the model was not trained on, in real logs; and none in these logs themselves. */
import { join } from 'node:path'
import t from 'tap'
import { readRealFamilies } from '../dga/testing/names.js'
import { burstNamesMin } from '../limits.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { storeIn } from '../testing/pipeline-kit.js'
import { sharedData } from '../testing/shared-data.js'
import { burstsIn, logsIn, mixed, questionsOf } from './testing/bursts.js'

void t.test('ten names of a dev family among those of a real log', async t => {
  const dir = sharedData(t, '.')
  if (!dir) return
  const others = questionsOf(join(dir, 'zeek', 'brim-wrccdc2018.dns.log.gz'))
  t.ok(others.length > 20_000, 'the log is there')
  const families = (await readRealFamilies(dir)).filter(({ isDev }) => isDev)
  t.ok(families.length >= 15, 'the families are there')
  const rounds = 3
  let found = 0
  for (const [n, { domains }] of families.entries())
    for (let round = 0; round < rounds; round += 1) {
      const chance = chanceFrom(1000 * n + round)
      const names = Array.from(
        { length: burstNamesMin },
        () => domains[chance.between(0, domains.length - 1)],
      )
      const attack = {
        names: [...new Set(names)].filter(name => name !== undefined),
        client: '10.9.8.7',
        between: () => chance.between(5, 200),
      }
      const bursts = burstsIn(storeIn(t, t.testdir({})), mixed(others, attack, chance))
      if (bursts.length > 0) found += 1
      t.ok(bursts.length <= 1, 'once')
    }
  const part = found / families.length / rounds
  t.ok(part >= 0.85, `found: ${(100 * part).toFixed(1)} %`)
  t.comment(`found: ${(100 * part).toFixed(1)} %`)
})

void t.test('no burst in a real log', t => {
  const dir = sharedData(t, '.')
  if (!dir) {
    t.end()
    return
  }
  for (const room of ['zeek', 'eve']) {
    const logs = logsIn(join(dir, room)).filter(path => !path.includes('truth'))
    let asked = 0
    for (const path of logs) {
      const questions = questionsOf(path)
      asked += questions.length
      if (questions.length === 0) continue
      // Of each sensor alone, where everything is new.
      t.same(
        burstsIn(storeIn(t, t.testdir({})), questions).map(({ facts }) => facts.burst),
        [],
        path,
      )
    }
    t.ok(asked > 2_000, `${room}: ${asked} questions`)
  }
  t.end()
})

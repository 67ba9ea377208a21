/** The built-in model, as the program loads it. */
import t from 'tap'
import { dgaLogitMax } from '../limits.js'
import { builtInDga } from './built-in.data.js'
import { gramSlots, sideCount } from './features.js'
import { builtInDgaScorer } from './load.js'
import { unpackDga } from './model.js'

const scorer = builtInDgaScorer()

void t.test('the built-in model is whole', t => {
  const { grams, side } = unpackDga(builtInDga)
  t.equal(grams.length, gramSlots)
  t.equal(side.length, sideCount)
  t.equal(builtInDga.calibration.length, 13, 'measured up to a score of 60')
  t.end()
})

void t.test('names that people chose score low, and generated ones high', t => {
  const of = (name: string) => scorer.score(name, name) ?? NaN
  for (const name of ['stonebridge.com', 'wikipedia.org', 'sparkasse.de', 'lemonde.fr', 'openstreetmap.org'])
    t.ok(of(name) < 20, `${name}: ${of(name)}`)
  for (const name of ['xq7zkv9wqj.com', 'a8f5f167f44f4964e6c998dee827110c.com', 'qwxkvzjhtrpmbd.net'])
    t.ok(of(name) > 40, `${name}: ${of(name)}`)
  t.equal(scorer.score('bbc.com', 'bbc.com'), undefined)
  t.equal(scorer.clippedLogit('bbc.com', 'bbc.com'), undefined)
  const hash = 'a8f5f167f44f4964e6c998dee827110c.com'
  t.equal(scorer.clippedLogit(hash, hash), dgaLogitMax)
  t.ok((scorer.clippedLogit('wikipedia.org', 'wikipedia.org') ?? 0) < 0)
  t.end()
})

/** Which domains are scored, and by what. */
import t from 'tap'
import { builtInSuffixes } from '../names/psl.js'
import { assignedBelow } from '../names/assigned.js'
import { chosenBelow, scoredLabel } from './label.js'

const of = (name: string) => {
  const { domain = '', registrable = '' } = builtInSuffixes(name) ?? {}
  return scoredLabel(domain, registrable)
}

void t.test('the label left of the public suffix', t => {
  t.equal(of('www.stonebridge.com'), 'stonebridge')
  t.equal(of('a.stonebridge.co.uk'), 'stonebridge')
  t.equal(of('abcdef.com'), 'abcdef')
  t.equal(of('abcde.com'), undefined, 'too short')
  t.equal(of('xn--bcher-kva.de'), undefined, 'another script')
  t.end()
})

void t.test('below a private suffix only names that users choose', t => {
  t.equal(of('www.stonebridge.github.io'), 'stonebridge')
  t.equal(of('stonebridge.duckdns.org'), 'stonebridge')
  t.equal(of('d111111abcdef8.cloudfront.net'), undefined)
  t.equal(of('github.io'), 'github', 'the suffix itself is a domain of its provider')
  t.end()
})

void t.test(
  'every suffix of the list is a private one, and below none of them does a provider assign names',
  t => {
    for (const suffix of chosenBelow) {
      const { domain, registrable } = builtInSuffixes(`stonebridge.${suffix}`) ?? {}
      t.equal(domain, `stonebridge.${suffix}`)
      t.not(domain, registrable, suffix)
      t.notOk(assignedBelow.has(suffix), suffix)
    }
    t.end()
  },
)

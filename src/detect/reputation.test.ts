import t from 'tap'
import { builtInSuffixes } from '../names/psl.js'
import { isReputation } from './reputation.js'

const isExempt = (name: string): boolean => isReputation(builtInSuffixes(name) ?? { registrable: '' })

void t.test('a name below a service of reputation is exempt, and one like it is not', t => {
  const exempt = [
    ...['abc.i.00.s.sophosxl.net', '4z9p5tjmcbnblehp4557z1d136.avqs.mcafee.com', 'x.avcloud.e5.sk'],
    '8a62d103168974fba9c61edab336038c.hash.cymru.com',
  ]
  for (const name of exempt) t.ok(isExempt(name), name)
  for (const name of ['x.sophosxl.net.evil.com', 'x.evil-mcafee.com', 'e5.sk.org', 'x.com'])
    t.notOk(isExempt(name), name)
  t.end()
})

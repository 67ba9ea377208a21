import t from 'tap'
import { createReducer, readSuffixes } from './psl.js'
import { builtInHasRuleBelow, hasRuleBelowIn } from './split-domains.js'

void t.test('the rules that come with the program are seen below the domains that they split', t => {
  for (const name of ['com', 'co.uk', 'amazonaws.com', 'jp', 'kawasaki.jp', 'ck', 'on.aws'])
    t.equal(builtInHasRuleBelow(name), true, name)
  for (const name of ['example.com', 'bbc.co.uk', 'github.io', 'foo.github.io'])
    t.equal(builtInHasRuleBelow(name), false, name)
  t.end()
})

void t.test('of a list of one’s own: rules, wildcards and exceptions', t => {
  const has = hasRuleBelowIn(['com', 'x.y.com', '*.ck', 'www.ck', 'a.*.b.org'])
  t.same(['com', 'y.com', 'x.y.com', 'ck', 'www.ck', 'any.b.org', 'any.c.org'].map(has), [
    true,
    true,
    false,
    true,
    false,
    true,
    false,
  ])
  t.end()
})

void t.test(
  'all names below a domain are its own, unless a rule, an ignored name or a zone lies below',
  t => {
    const list = '// ===BEGIN ICANN DOMAINS===\ncom\norg\n// ===BEGIN PRIVATE DOMAINS===\nx.split.com\n'
    const reducer = createReducer(
      ['ads.mixed.com', 'gone.com'],
      ['corp.ours.com'],
      readSuffixes(list) ?? (() => undefined),
    )
    const whole = {
      'plain.com': true,
      'split.com': false,
      'mixed.com': false,
      'ours.com': false,
      'other.org': true,
    }
    for (const [domain, isWhole] of Object.entries(whole)) t.equal(reducer.isWhole(domain), isWhole, domain)
    const builtIn = createReducer([])
    for (const [domain, isWhole] of Object.entries({
      'example.com': true,
      'amazonaws.com': false,
      'github.io': false,
      'foo.github.io': true,
    }))
      t.equal(builtIn.isWhole(domain), isWhole, domain)
    t.end()
  },
)

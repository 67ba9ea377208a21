import t from 'tap'
import { assignedBelow, isAssigned } from './assigned.js'
import { createReducer } from './psl.js'

const { reduce } = createReducer([])

void t.test(
  'each suffix of the list holds names that are domains of their own, and these are assigned',
  t => {
    // A region stands between (`x.us-east-1.elb.amazonaws.com`): one of them is enough.
    const regions = ['', 'us-east-1.', 'global.prod.', 'map.']
    for (const suffix of assignedBelow) {
      const hosted = regions
        .map(region => reduce(`x1.${region}${suffix}`))
        .filter(found => typeof found !== 'string' && found.domain !== found.registrable)
      t.not(hosted.length, 0, suffix)
      for (const found of hosted) t.ok(typeof found !== 'string' && isAssigned(found.domain), suffix)
    }
    t.end()
  },
)

const others = ['cloudfront.net', 'foo.github.io', 'bucket.s3.amazonaws.com', 'notcloudfront.net', 'a.com']

void t.test('a chosen name is not assigned, and neither is the domain of the provider', t => {
  for (const name of others) t.notOk(isAssigned(name), name)
  t.end()
})

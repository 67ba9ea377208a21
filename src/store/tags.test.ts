/** Tags in the store: what changes, what is read again by another process, and how many there may be. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { tagPageMax, tagRemovalsKept } from '../limits.js'
import type { Tag, TagName } from '../model/tag.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { now } from '../testing/pipeline-kit.js'
import { verifyDatabase } from './maintenance.js'
import { openStore, type Store } from './store.js'

const targetOf = (value: string) => {
  const target = readTagValue(value)
  if (typeof target === 'string') throw new Error(target)
  return target
}
const tag = (value: string, name: TagName = 'threat', more: Partial<Tag> = {}): Tag => ({
  ...{ target: targetOf(value), tag: name, source: 'test', at: now, note: undefined, ...more },
})
const open = (t: Test, dir: string, most?: number): Store => {
  const store = openStore(join(dir, 'domainstats.sqlite'), most === undefined ? {} : { tagsMax: most })
  t.teardown(() => store.close())
  return store
}
const listed = (store: Store): string[] =>
  [...store.tags.pages()]
    .flat()
    .map(({ target, tag, source, note }) =>
      [tagValueText(target), tag, source, note].filter(Boolean).join(' '),
    )

void t.test(
  'tags come back as they were stored: names by their last labels, then networks by their number',
  t => {
    const store = open(t, t.testdir())
    const values = ['2001:db8::/32', '10.0.0.0/8', 'b.com', 'a.b.com', '9.9.9.9', 'z.a.com', '::1']
    store.putTags(values.map(value => tag(value, 'interest', { note: value })))
    t.same(
      listed(store).map(line => line.split(' ')[0]),
      ['z.a.com', 'b.com', 'a.b.com', '9.9.9.9', '10.0.0.0/8', '::1', '2001:db8::/32'],
    )
    t.same(store.tags.of(targetOf('10.0.0.0/8')), [tag('10.0.0.0/8', 'interest', { note: '10.0.0.0/8' })])
    t.end()
  },
)

void t.test('the same tag once more changes nothing; another source or note does', t => {
  const store = open(t, t.testdir())
  const count = (...tags: readonly Tag[]) => {
    const { added, changed, unchanged, refused } = store.putTags(tags)
    return [added, changed, unchanged, refused]
  }
  t.same(count(tag('a.com'), tag('a.com', 'interest'), tag('a.com')), [2, 0, 1, 0])
  t.same(count(tag('a.com', 'threat', { at: now + 9 })), [0, 0, 1, 0])
  t.same(count(tag('a.com', 'threat', { note: 'x' })), [0, 1, 0, 0])
  t.same(count(tag('a.com', 'threat', { source: 'y' })), [0, 1, 0, 0])
  t.same(listed(store), ['a.com interest test', 'a.com threat y'])
  t.equal(store.tags.count(), 2)
  t.same(store.removeTags([targetOf('a.com'), targetOf('b.com')]), [2, 0])
  t.same([store.tags.count(), listed(store)], [0, []])
  t.end()
})

void t.test('beyond the most there may be, new tags are refused and counted; known ones may change', t => {
  const store = open(t, t.testdir(), 3)
  t.match(store.putTags(['a.com', 'b.com', 'c.com', 'd.com'].map(value => tag(value))), {
    added: 3,
    refused: 1,
  })
  t.match(store.putTags([tag('a.com', 'threat', { note: 'x' }), tag('e.com')]), { changed: 1, refused: 1 })
  store.removeTags([targetOf('a.com')])
  t.match(store.putTags([tag('e.com')]), { added: 1, refused: 0 })
  t.end()
})

void t.test('another process sees each change, and in the order in which they came', t => {
  const dir = t.testdir()
  const [ours, other] = [open(t, dir), open(t, dir)]
  const of = (query: string) => other.tagTable().of({ query }).join()
  t.equal(of('a.com'), '')
  ours.putTags([tag('a.com'), tag('192.0.2.0/24')])
  t.equal(of('a.com'), 'threat')
  ours.putTags([tag('a.com', 'interest')])
  t.equal(of('a.com'), 'interest,threat')
  ours.removeTags([targetOf('a.com')], 'threat')
  t.equal(of('a.com'), 'interest')
  ours.removeTags([targetOf('a.com'), targetOf('192.0.2.0/24')])
  t.equal(of('a.com'), '')
  ours.putTags([tag('a.com')])
  ours.removeTags([targetOf('a.com')])
  ours.putTags([tag('a.com')])
  t.equal(of('a.com'), 'threat', 'removed and tagged again')
  const answers = { first: ['192.0.2.1'], count: 1 }
  t.same(other.tagTable().of({ query: 'b.com', answers }), [])
  t.end()
})

void t.test('a process that has missed more removals than are remembered reads all tags again', t => {
  const dir = t.testdir()
  const [ours, other] = [open(t, dir), open(t, dir)]
  const values = Array.from({ length: tagRemovalsKept + 5 }, (_, i) => `n${i}.com`)
  ours.putTags([...values.map(value => tag(value)), tag('left.com')])
  t.same(other.tagTable().of({ query: 'n0.com' }), ['threat'])
  ours.removeTags(values.map(targetOf))
  t.same(other.tagTable().of({ query: 'n0.com' }), [])
  t.same(other.tagTable().of({ query: 'left.com' }), ['threat'])
  t.equal(listed(other).length, 1)
  t.end()
})

void t.test('more than a page is listed whole', t => {
  const store = open(t, t.testdir())
  store.putTags(Array.from({ length: tagPageMax + 7 }, (_, i) => tag(`n${i}.com`)))
  t.equal(new Set(listed(store)).size, tagPageMax + 7)
  t.end()
})

void t.test('a name below a domain is found, and neither the domain nor one beside it', t => {
  const store = open(t, t.testdir())
  store.putTags([tag('x.a.com'), tag('b.com'), tag('x.a-b.com')])
  t.same(
    ['a.com', 'com', 'b.com', 'a', 'x.a.com', 'b-c.com'].map(name => store.hasTagBelow(name)),
    [true, true, false, false, false, false],
  )
  t.end()
})

void t.test('check finds a wrong number of tags, and a tag that is none', t => {
  const dir = t.testdir()
  const store = open(t, dir)
  store.putTags([tag('a.com')])
  const path = join(dir, 'domainstats.sqlite')
  t.same(verifyDatabase(path).faults, [])
  store.putMeta('tags', '7')
  t.match(verifyDatabase(path).faults, [/another number of tags/])
  t.end()
})

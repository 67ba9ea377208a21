/** Long lists of tags in little memory, and what a million of them cost a record. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnSync } from 'node:child_process'
import { program } from '../testing/process.js'

/** In a process with so much memory for its objects. */
const tag = (heapMB: number, ...argv: readonly string[]) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heapMB}`, program, 'tag', ...argv],
    {
      encoding: 'utf8',
    },
  )
  return { status, stderr }
}
const million = 1_000_000

void t.test('a list of a million names, in 100 MB', t => {
  const dir = t.testdir()
  const list = join(dir, 'list.txt')
  writeFileSync(
    list,
    Array.from({ length: million }, (_, i) => `host-${i}.example-${i % 977}.com\n`).join(''),
  )
  t.match(tag(100, 'import', list, '--tag', 'threat', '--data', join(dir, 'D')), {
    ...{ status: 0, stderr: `${million} new, 0 changed, 0 as they were; 0 skipped` },
  })
  t.end()
})

void t.test('a bundle of STIX with 300,000 indicators among other objects, in 100 MB', t => {
  const dir = t.testdir()
  const list = join(dir, 'bundle.json')
  const objects = Array.from({ length: 300_000 }, (_, i) => [
    `{"type":"malware","id":"malware--${i}","description":"${'x'.repeat(100)}"}`,
    `{"type":"indicator","id":"indicator--${i}","pattern":"[ipv4-addr:value = '10.${i >> 16}.${(i >> 8) & 255}.${i & 255}']","pattern_type":"stix"}`,
  ])
  writeFileSync(list, `{"type":"bundle","objects":[${objects.flat().join(',')}]}`)
  t.match(tag(100, 'import', list, '--data', join(dir, 'D')), {
    ...{ status: 0, stderr: '300000 new, 0 changed, 0 as they were; 0 skipped' },
  })
  t.end()
})

void t.test('one element of 200 MB is skipped, and not kept in memory', t => {
  const dir = t.testdir()
  const list = join(dir, 'bundle.json')
  const long = `{"type":"indicator","pattern":"${'x'.repeat(200 << 20)}"}`
  writeFileSync(list, `{"type":"bundle","objects":[${long},{"type":"domain-name","value":"a.com"}]}`)
  t.match(tag(100, 'import', list, '--data', join(dir, 'D')), {
    ...{ status: 0, stderr: /element 1: the element is too long\n1 new, .* 1 skipped/ },
  })
  t.end()
})

import t from 'tap'
import { isAbove, readVersion, versionText } from './responses.js'

void t.test('versions are read', t => {
  const table: [text: string, read: string | undefined][] = [
    ['1.0', '1.0'],
    ['2', '2.0'],
    [' 0.10 ', '0.10'],
    ['0.1.0', '0.1'],
    ['0.1.0-beta.1', '0.1'],
    ['1.0.0+build', '1.0'],
    ['001.002', '1.2'],
    ['', undefined],
    ['latest', undefined],
    ['v1.0', undefined],
    ['-1.0', undefined],
    ['1e21', undefined],
    ['Infinity', undefined],
    ['1.0 or later', undefined],
    ['2.5x', undefined],
    ['2.x', undefined],
    ['1234567890.0', undefined],
    ['1.'.repeat(500_000), '1.1'],
  ]
  for (const [text, read] of table) {
    const version = readVersion(text)
    t.equal(version && versionText(version), read, text.slice(0, 20))
  }
  t.end()
})

void t.test('versions compare as numbers, not as text', t => {
  const table: [a: string, b: string, above: boolean][] = [
    ['0.1', '0.1', false],
    ['0.2', '0.1', true],
    ['0.1', '0.2', false],
    ['0.10', '0.9', true],
    ['1.0', '0.99', true],
    ['0.99', '1.0', false],
    ['10.0', '9.5', true],
    ['0.1.7', '0.1.2', false],
  ]
  for (const [a, b, above] of table)
    t.equal(isAbove(readVersion(a) ?? [0, 0], readVersion(b) ?? [0, 0]), above, `${a} above ${b}`)
  t.end()
})

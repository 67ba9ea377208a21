import { gzipSync } from 'node:zlib'
import t from 'tap'
import { packingHeadBytes } from '../limits.js'
import { packingOf, shellWord } from './packed.js'

const tar = Buffer.alloc(packingHeadBytes)
tar.write('dns.log')
tar.write('ustar\x0000', 257, 'latin1')

const heads: readonly (readonly [head: Buffer, name: string, command: string])[] = [
  [gzipSync('a.com'), 'gzip', 'zcat'],
  [Buffer.from('28b52ffd2406', 'hex'), 'zstd', 'zstdcat'],
  [Buffer.from('fd377a585a000004', 'hex'), 'xz', 'xzcat'],
  [Buffer.from('BZh91AY&SY', 'latin1'), 'bzip2', 'bzcat'],
  [Buffer.from('504b0304140000', 'hex'), 'zip', 'unzip -p'],
  [tar, 'tar', 'tar -xOf'],
  [Buffer.from('\ufeffa.com', 'utf16le'), 'UTF-16', 'iconv -f UTF-16 -t UTF-8'],
  [Buffer.from('feff0061', 'hex'), 'UTF-16', 'iconv -f UTF-16 -t UTF-8'],
]

void t.test('a packed file is recognised by its first bytes, with the command that unpacks it', t => {
  for (const [head, name, command] of heads) t.match(packingOf(head), { name, command })
  for (const text of ['', 'a.com\n', '\ufeffa.com', '{"ts":1}', '#fields\tts', 'PK', 'ustar'])
    t.equal(packingOf(Buffer.from(text)), undefined, text)
  t.end()
})

void t.test('a path is quoted as one word for a shell', t => {
  t.equal(shellWord('/var/lib/top-1m.csv.zst'), '/var/lib/top-1m.csv.zst')
  t.equal(shellWord("it's here.gz"), "'it'\\''s here.gz'")
  t.equal(shellWord('-rf'), "'-rf'")
  t.end()
})

/** The copyright file of the packages: each library inside is in it with its licence, and a strange one is refused. */
import { spawnSync } from 'node:child_process'
import { execPath } from 'node:process'
import t, { type Test } from 'tap'

const copyrightOf = (t: Test, license: string, text = 'The text') => {
  const dir = t.testdir({
    LICENSES: `first 1.0.0 (ISC)\n\nCopyright (c) 2020 A\n\nGo ahead.\n\n${'-'.repeat(80)}\n\nfirst 2.0.0 (ISC)\n\nCopyright (c) 2024 B\n`,
    library: { 'package.json': JSON.stringify({ name: '@some/library', license }), LICENSE: text },
  })
  const { status, stdout, stderr } = spawnSync(
    execPath,
    ['packaging/copyright.js', `${dir}/LICENSES`, `${dir}/library`],
    { encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

void t.test('each library once, with all its holders and texts', t => {
  const { status, stdout } = copyrightOf(t, 'MIT')
  t.equal(status, 0)
  t.match(stdout, /^Format: .*\n[^]*\nFiles: \*\nCopyright: .*\nLicense: Apache-2\.0\n/)
  t.ok(
    stdout.includes(
      'Files: node_modules/first/*\nCopyright: Copyright (c) 2020 A\n Copyright (c) 2024 B\nLicense: ISC\n' +
        ' Copyright (c) 2020 A\n .\n Go ahead.\n .\n Copyright (c) 2024 B\n',
    ),
  )
  t.ok(
    stdout.includes(
      'Files: node_modules/@some/library/*\nCopyright: the authors of @some/library\nLicense: Expat\n The text\n',
    ),
  )
  t.end()
})

void t.test('a library under another licence, or without its text, is refused', t => {
  t.match(copyrightOf(t, 'GPL-3.0'), { status: 1, stderr: /@some\/library: the licence GPL-3\.0 is not/ })
  t.match(copyrightOf(t, 'ISC', ''), { status: 1, stderr: /@some\/library: no text of its licence/ })
  t.match(copyrightOf(t, 'MIT', '').stdout, /Permission is hereby granted/)
  t.end()
})

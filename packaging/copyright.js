/**
 * Prints the copyright file of a package (DEP-5) from the licences of all libraries inside. It refuses a licence that is not
 * known to allow it.
 *
 * Usage: node packaging/copyright.js LICENSES FOLDER…
 * LICENSES: what the build wrote of the libraries in the bundle (esbuild.config.js). FOLDER: a library that stands beside it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Names of SPDX, and those of Debian. Each lets a library be passed on inside a program under the Apache licence. */
const debianNames = {
  'Apache-2.0': 'Apache-2.0',
  'BlueOak-1.0.0': 'BlueOak-1.0.0',
  'BSD-2-Clause': 'BSD-2-clause',
  'BSD-3-Clause': 'BSD-3-clause',
  ISC: 'ISC',
  MIT: 'Expat',
}

/** For a library that names this licence, and brings no text of it. */
const expat = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

const own = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: domainstats
Comment: The program is one file with its libraries inside. Their paragraphs name them by their place before the build.

Files: *
Copyright: the authors of domainstats
License: Apache-2.0

Files: node_modules/better-sqlite3/deps/sqlite3/*
Copyright: none
License: public-domain
 SQLite is in the public domain: its authors have dedicated its code to it, https://sqlite.org/copyright.html

License: Apache-2.0
 On Debian systems, the text of the Apache License, Version 2.0 is in /usr/share/common-licenses/Apache-2.0.
`

const [bundled, ...folders] = process.argv.slice(2)
if (bundled === undefined) throw new Error('usage: node packaging/copyright.js LICENSES FOLDER…')
const libraries = [...inBundle(readFileSync(bundled, 'utf8')), ...folders.map(inFolder)]
process.stdout.write([own, ...[...byName(libraries).values()].map(paragraph)].join('\n'))

/** @typedef {{ name: string, license: string, text: string }} Library */

/**
 * @param {string} text as esbuild.config.js writes it
 * @returns {Library[]}
 */
function inBundle(text) {
  return text.split(`\n${'-'.repeat(80)}\n\n`).map(part => {
    const [, name, license] = /^(\S+) \S+ \((.*)\)\n/.exec(part) ?? []
    if (name === undefined || license === undefined) throw new Error(`no library: ${part.slice(0, 80)}`)
    return { name, license, text: part.slice(part.indexOf('\n')).trim() }
  })
}

/**
 * @param {string} folder
 * @returns {Library}
 */
function inFolder(folder) {
  const { name, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [file] = readdirSync(folder).filter(file => /^licen[cs]e/i.test(file))
  if (file === undefined) throw new Error(`${name}: no text of its licence`)
  return { name, license, text: readFileSync(join(folder, file), 'utf8').trim() }
}

/**
 * One library for each name: versions of it that stand beside each other have their texts one after the other.
 *
 * @param {Library[]} libraries
 */
function byName(libraries) {
  const found = new Map()
  for (const library of libraries) {
    const { name, license, text } = library
    const before = found.get(name)
    if (before && before.license !== license) throw new Error(`${name}: ${before.license} and ${license}`)
    const texts = new Set([...(before?.texts ?? []), text])
    found.set(name, { name, license, texts })
  }
  return found
}

/** @param {{ name: string, license: string, texts: Set<string> }} library */
function paragraph({ name, license, texts }) {
  const debianName = debianNames[license]
  if (debianName === undefined)
    throw new Error(`${name}: the licence ${license} is not in the list of packaging/copyright.js`)
  const text = [...texts].join('\n\n')
  const holders = [...new Set(text.split('\n').filter(line => /^\W*copyright\b[^[]*\d{4}/i.test(line)))]
  const copyright = holders.length > 0 ? holders.map(line => line.trim()) : [`the authors of ${name}`]
  const head = `Files: node_modules/${name}/*\nCopyright: ${copyright.join('\n ')}\nLicense: ${debianName}\n`
  // Debian has this text on every system.
  if (license === 'Apache-2.0') return head
  if (text === '' && license !== 'MIT') throw new Error(`${name}: no text of its licence`)
  return `${head}${indented(text === '' ? expat : text)}\n`
}

/** @param {string} text */
function indented(text) {
  return text
    .split('\n')
    .map(line => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n')
}

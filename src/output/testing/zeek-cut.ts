/**
 * Reads a Zeek log as zeek-cut and Zeek's own reader do: by its header, which may come again in mid-file. Unset and empty
 * are recognised before escapes are undone.
 */
export interface ZeekRow {
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
  readonly types: Readonly<Record<string, string>>
}

export interface ZeekLog {
  readonly rows: readonly ZeekRow[]
  readonly path: string
  /** `#close` lines. */
  readonly closed: number
}

const unescape = (text: string): string => {
  const bytes: Buffer[] = []
  for (const [piece] of text.matchAll(/\\x[0-9a-f]{2}|\\\\|[^\\]+|\\/g))
    bytes.push(
      piece === '\\\\'
        ? Buffer.from('\\')
        : piece.startsWith('\\x')
          ? Buffer.from(piece.slice(2), 'hex')
          : Buffer.from(piece),
    )
  return Buffer.concat(bytes).toString()
}

/** @throws Error where a line has not as many columns as its header says */
export const readZeek = (text: string): ZeekLog => {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no newline')
  const rows: ZeekRow[] = []
  let [separator, setSeparator, empty, unset, path, closed] = [' ', ',', '', '', '', 0]
  let [names, types] = [[] as string[], [] as string[]]
  const header = (line: string): void => {
    if (line.startsWith('#separator ')) {
      separator = unescape(line.slice('#separator '.length))
      return
    }
    const [key, ...values] = line.split(separator)
    if (key === '#set_separator') setSeparator = values.join()
    else if (key === '#empty_field') empty = values.join()
    else if (key === '#unset_field') unset = values.join()
    else if (key === '#path') path = values.join()
    else if (key === '#fields') names = values
    else if (key === '#types') types = values
    else if (key === '#close') closed += 1
    else if (key !== '#open') throw new Error(`no header line: ${line}`)
  }
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('#')) {
      header(line)
      continue
    }
    const columns = line.split(separator)
    if (columns.length !== names.length || types.length !== names.length)
      throw new Error(`${columns.length} columns for ${names.length} fields: ${line}`)
    const read = (column: string, type: string | undefined): string | string[] | undefined => {
      if (column === unset) return undefined
      if (type?.startsWith('vector') === true)
        return column === empty ? [] : column.split(setSeparator).map(unescape)
      return column === empty ? '' : unescape(column)
    }
    rows.push({
      fields: Object.fromEntries(names.map((name, i) => [name, read(columns[i] ?? '', types[i])])),
      types: Object.fromEntries(names.map((name, i) => [name, types[i] ?? ''])),
    })
  }
  return { rows, path, closed }
}

/** The files that settings name: certificates, keys, passwords, tokens. */
import { resolveIn } from '../config/load.js'
import { readSmall } from '../files/files.js'
import { certificateBytesMax } from '../limits.js'
import type { TlsFiles } from '../output/sinks/stream.js'

/**
 * Reads a file that a setting names.
 *
 * @param key the setting @param whose what has the setting, for the message
 * @throws Error that names the setting, whose it is, and the file
 */
export const readSettingFile = (
  key: string,
  whose: string,
  path: string,
  bytesMax: number,
): Promise<string> =>
  readSmall(path, bytesMax).catch((cause: unknown) => {
    throw new Error(`${key} of ${whose}: ${String(cause)}`, { cause })
  })

type TlsKey = 'ca_file' | 'cert_file' | 'key_file'

/**
 * Reads the files of TLS, each undefined if the setting is.
 *
 * @param dir the data folder, to which paths are relative
 * @throws as readSettingFile
 */
export const tlsFilesOf = async (
  settings: Readonly<Partial<Record<TlsKey, string | undefined>>>,
  whose: string,
  dir: string,
): Promise<TlsFiles> => {
  const read = async (key: TlsKey) => {
    const file = settings[key]
    return file === undefined
      ? undefined
      : readSettingFile(key, whose, resolveIn(dir, file), certificateBytesMax)
  }
  return { ca: await read('ca_file'), cert: await read('cert_file'), key: await read('key_file') }
}

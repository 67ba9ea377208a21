/** From the settings of a Redis to where it is, with the password and the certificates that it needs. */
import { resolveIn } from '../config/load.js'
import type { RedisSettings } from '../config/schema-redis.js'
import { passwordBytesMax } from '../limits.js'
import { readRedisAddress } from '../redis/address.js'
import type { RedisTarget } from '../redis/client.js'
import { readSettingFile, tlsFilesOf } from './setting-files.js'

/** @throws Error that names a file that cannot be read, and whose it is */
export const redisTargetOf = async (
  to: string,
  settings: RedisSettings,
  whose: string,
  dir: string,
): Promise<RedisTarget> => {
  const address = readRedisAddress(to)
  if (!address) throw new Error(`${whose}: no address of a Redis`)
  const { password_file: file, cluster: isCluster = false, sentinel } = settings
  const text = file && (await readSettingFile('password_file', whose, resolveIn(dir, file), passwordBytesMax))
  const password = text?.replace(/\r?\n$/, '')
  if (password !== undefined && !/^\P{Cc}+$/u.test(password))
    throw new Error(`password_file of ${whose}: not a password: one line, and not an empty one`)
  return { address, password, tls: await tlsFilesOf(settings, whose, dir), isCluster, sentinel }
}

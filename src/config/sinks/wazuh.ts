/** The settings of sinks of type `wazuh`. */
import { wazuhFileBytesDefault, wazuhFileBytesMin } from '../../limits.js'
import { path, required, setting, whole } from '../kinds.js'

export const wazuhShape = {
  path: required(
    path('the path of a file'),
    'The file that Wazuh follows. Records are appended; the file belongs to this sink.',
  ),
  bytes_max: setting(
    whole(wazuhFileBytesMin, 2 ** 40, 'bytes'),
    wazuhFileBytesDefault,
    'At this size the file is renamed, with .1 behind its name, and a new one begun. The one before it is deleted.',
  ),
}

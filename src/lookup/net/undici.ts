/** undici takes 80 ms to load, so it is loaded with the first request: by import() of this file. */
export { EnvHttpProxyAgent, request } from 'undici'

/** Contents that are answered whole or in parts, on conditions. */
export { serveContent } from './serve-content.ts'

/** Telltale's HTTP server. */
export { readConfig, type ServerConfig } from './config.ts';
export type { Identity } from './identity/identity.ts';
export { issueToken, type TokenOptions } from './identity/issue-token.ts';
export type { IdentityOptions, Limits, ServerOptions } from './option.ts';
export { telltale } from './plugin.ts';
export { openServer } from './server.ts';

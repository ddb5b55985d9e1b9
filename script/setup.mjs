/** Makes a fresh clone ready with Node.js alone: installs the packages of package-lock.json, then builds. Quick when nothing is to do. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Installs what is missing, and builds `project` (a folder with a tsconfig.json) with what it refers to. */
export async function setUp(project) {
  requireNode();
  const unlock = await lock();
  try {
    if (!isInstalled()) await install();
    if (project !== undefined) await build(project);
  } finally {
    unlock();
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `Telltale needs Node.js 20.19 or newer (found ${process.versions.node}). Install it from https://nodejs.org.`,
  );
}

/** Runs a program to its end in the root folder; resolves to its exit code and, unless shown, its output. */
export function run(command, args, { shown = true, env = process.env } = {}) {
  const child = spawn(command, args, { cwd: root, env, stdio: shown ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The path of a program that a package brings, to be run by this very Node.js. */
export function program(path) {
  return join(root, 'node_modules', path);
}

/**
 * Compares what npm noted about its last install with package-lock.json, entry by entry. Times would not do: git sets them
 * at every checkout. npm writes its note last, so an install that was broken off has none.
 */
function isInstalled() {
  const wanted = readPackages('package-lock.json');
  const found = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || !fits(entry)) return true;
    const there = found[path];
    // An optional package may have been left out on purpose; the one for this platform may not.
    if (there === undefined) return entry.optional === true && entry.os === undefined;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function fits({ os, cpu, libc }) {
  // glibc and musl: only npm can tell which one it chose, so those are not asked for.
  return libc === undefined && (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
}

async function install() {
  console.log('Installing the npm packages (once, and after changes of package-lock.json) ...');
  const { code, output } = await npm('ci');
  if (code === 0) return;
  // npm writes a lock file without the packages for other platforms that it could not see (npm/cli#4828), and `npm ci`
  // then refuses it everywhere. Installing without saving takes the same versions from it.
  if (!output.includes('from lock file')) throw new Error(`npm ci ended with code ${code}. It said:\n${output.trim()}`);
  const second = await npm('install', '--no-save');
  if (second.code !== 0)
    throw new Error(`npm install ended with code ${second.code}. It said:\n${second.output.trim()}`);
}

function npm(...command) {
  // No script of any dependency runs: none is needed, and newer npm asks questions about them.
  const silence = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const args = [...command, ...silence, '--include=dev', '--include=optional'];
  // npm tells scripts where it lies; pnpm and yarn tell of themselves.
  const own = process.env['npm_execpath'] ?? '';
  if (basename(own) === 'npm-cli.js') return run(process.execPath, [own, ...args], { shown: false });
  return run('npm', args, { shown: false });
}

async function build(project) {
  const { code } = await run(process.execPath, [program('typescript/bin/tsc'), '-b', project]);
  if (code !== 0) throw new Error('The build has errors (above). Mend them, or check out a commit that builds.');
}

/** One set-up at a time in this folder: `npm start` and `npm test` in two terminals of a fresh clone would break each other. */
async function lock() {
  const path = join(root, '.telltale', 'setup.lock');
  mkdirSync(join(root, '.telltale'), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderLives(path)) rmSync(path, { force: true });
    else if (!waited) console.log('Waiting for another set-up of this folder ...');
    await sleep(200);
  }
}

function holderLives(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUp(process.argv[2]);

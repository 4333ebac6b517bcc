/** Imports nothing: it has to run on any Node.js. As `engines` in package.json has it. */
const needed = 'Node.js 24.16 or later (25 excepted)';

/** Ends the process with one sentence where this Node.js lacks what the gateway is built on. */
export function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 26 || (major === 26 && minor >= 1) || (major === 24 && minor >= 16)) return;
  process.stderr.write(
    `This is Node.js ${process.versions.node} (${process.execPath}), and ${needed} is needed. ` +
      `Install one, or start it by npm (npm start, npm run demo, npm run audit, npm run keys): ` +
      `on Linux \`npm ci\` brings Node.js 24 along.${isMusl() ? ` ${musl}` : ''}\n`,
  );
  process.exit(1);
}

const musl = 'On Alpine Linux (musl) that one cannot start, since it needs glibc: install nodejs there.';

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

import { refuseOldNode } from '../src/platform/config/node-version.js';

refuseOldNode();
const { demoOptions } = await import('./demo/options.js');
const options = demoOptions();
const { runDemo } = await import('./run-demo.js');
await runDemo(options);

import { refuseOldNode } from '../src/platform/config/node-version.js';

refuseOldNode();
await import('./run-demo.js');

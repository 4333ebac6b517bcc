import { refuseOldNode } from '../src/config/node-version.js';

refuseOldNode();
await import('./run-demo.js');

import { refuseOldNode } from './platform/config/node-version.js';

refuseOldNode();
// Not imported above: an older Node.js fails on its imports before any code runs.
await import('./run.js');

import { type OperationName } from '../../../domain/cloudflare/operations.js';

/** The extension of a mutation that names its operation at Cloudflare: under that name the audit log records it. */
export const carriesOut = (operation: OperationName) => ({ operation });

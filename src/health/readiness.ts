import { Injectable } from '@nestjs/common';

/** Whether this process should be given requests. */
@Injectable()
export class Readiness {
  state: 'starting' | 'ready' | 'draining' = 'starting';
}

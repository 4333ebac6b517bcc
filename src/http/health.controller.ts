import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Readiness } from '../health/readiness.js';

/** For whoever runs the process; Cloudflare's state is not asked for, since no restart would mend it. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** Degraded is ready: were it not, one Redis that is away would take every replica out. */
  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): { status: string; reasons?: string[] } {
    const { state, reasons, isReady } = this.readiness;
    if (isReady) return reasons.length > 0 ? { status: 'degraded', reasons } : { status: state };
    void reply.status(503);
    return state === 'ready' ? { status: 'unready', reasons } : { status: state };
  }
}

import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Readiness } from '../../../platform/health/readiness.js';

/** Probes of an orchestrator or load balancer. Cloudflare's state is not part of them: no restart of this process mends it. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** `degraded` answers 200: otherwise one unreachable Redis would take every replica out of service. */
  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): { status: string; reasons?: string[] } {
    const { state, reasons, isReady } = this.readiness;
    if (isReady) return reasons.length > 0 ? { status: 'degraded', reasons } : { status: state };
    void reply.status(503);
    return state === 'ready' ? { status: 'unready', reasons } : { status: state };
  }
}

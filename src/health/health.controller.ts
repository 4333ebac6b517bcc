import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Readiness } from './readiness.js';

/** For whoever runs the process; Cloudflare's state is not asked for, since no restart would mend it. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): { status: string } {
    const { state } = this.readiness;
    if (state !== 'ready') void reply.status(503);
    return { status: state };
  }
}

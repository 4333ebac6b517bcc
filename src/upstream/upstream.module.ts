import { Module } from '@nestjs/common';
import { Mark } from './mark.js';
import { UpstreamClient } from './upstream.client.js';

@Module({ providers: [UpstreamClient, Mark], exports: [UpstreamClient, Mark] })
export class UpstreamModule {}

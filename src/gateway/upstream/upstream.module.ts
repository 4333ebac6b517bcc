import { Module } from '@nestjs/common';
import { Mark } from './mark.js';
import { Transport } from './transport.js';

@Module({ providers: [Transport, Mark], exports: [Transport, Mark] })
export class UpstreamModule {}

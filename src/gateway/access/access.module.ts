import { Module } from '@nestjs/common';
import { AccessPolicy } from './access-policy.js';
import { PassThrough } from './pass-through.js';

@Module({ providers: [{ provide: AccessPolicy, useClass: PassThrough }], exports: [AccessPolicy] })
export class AccessModule {}

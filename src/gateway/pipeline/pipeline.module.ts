import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { CacheModule } from '../cache/cache.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { Admissions } from './admissions.js';
import { CloudflareCalls } from './cloudflare-calls.js';
import { RefusedChanges } from './refused-changes.js';
import { ReadPipeline } from './read.pipeline.js';
import { TokenVerification } from './token-verification.js';
import { WholeReads } from './whole-reads.js';
import { WritePipeline } from './write.pipeline.js';
import { ZoneAdmission } from './zone-admission.js';

/** The only way to Cloudflare: its parts are not exported. */
@Module({
  imports: [AccessModule, AuditModule, CacheModule, LimitsModule, UpstreamModule],
  providers: [
    Admissions,
    CloudflareCalls,
    ReadPipeline,
    RefusedChanges,
    TokenVerification,
    WholeReads,
    WritePipeline,
    ZoneAdmission,
  ],
  exports: [ReadPipeline, WholeReads, WritePipeline, ZoneAdmission],
})
export class PipelineModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly writes: WritePipeline,
    private readonly access: AccessPolicy,
    private readonly tokens: TokenVerification,
  ) {}

  onModuleInit(): Promise<void> {
    return this.access.begin((credential, accountId) => this.tokens.verdictOf(credential, accountId));
  }

  /** Waits for the changes under way: Nest closes the audit log and the cache after this module, which imports them. */
  onApplicationShutdown(): Promise<void> {
    return this.writes.idle();
  }
}

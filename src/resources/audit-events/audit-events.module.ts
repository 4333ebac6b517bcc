import { Module } from '@nestjs/common';
import { AuditModule } from '../../gateway/audit/audit.module.js';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { AuditEventConnections } from './audit-event-connections.js';
import { AuditEventsController } from './audit-events.controller.js';
import { AuditEventsService } from './audit-events.service.js';

@Module({
  imports: [AuditModule, PipelineModule],
  controllers: [AuditEventsController],
  providers: [AuditEventsService, AuditEventConnections],
  exports: [AuditEventConnections],
})
export class AuditEventsModule {}

import { Module } from '@nestjs/common';
import { AccessModule } from '../../gateway/access/access.module.js';
import { AuditModule } from '../../gateway/audit/audit.module.js';
import { ViewerController } from './viewer.controller.js';
import { ViewerResolver } from './viewer.resolver.js';
import { ViewerService } from './viewer.service.js';

@Module({
  imports: [AccessModule, AuditModule],
  controllers: [ViewerController],
  providers: [ViewerService, ViewerResolver],
})
export class ViewerModule {}

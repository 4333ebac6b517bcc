import { Module } from '@nestjs/common';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { Associations } from './associations.js';

@Module({ imports: [PipelineModule], providers: [Associations], exports: [Associations] })
export class AssociationsModule {}
